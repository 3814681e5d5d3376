/**
 * Charges and books each job of a table, in the transaction that has locked its row.
 *
 * Right: the lock goes with the connection, and so does all that was written under it; the charge, which has left the
 * database, has a key that the payment provider knows again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

const { PSP_URL } = process.env

const db = new pg.Client({ connectionString: process.env.DATABASE_URL })
db.on('error', leave)
await db.connect()
let leaving = false
process.once('SIGTERM', () => {
  leaving = true
})
console.log('waiting for jobs')
try {
  while (!leaving) if (!await takeOne()) await delay(100)
  await db.end()
  process.exit(0)
} catch (error) {
  leave(error)
}

async function takeOne() {
  await db.query('begin')
  const { rows: [job] } = await db.query(
    `select id, payload from jobs where done_at is null
      order by id limit 1 for update skip locked`,
  )
  if (job !== undefined) await work(job)
  await db.query('commit')
  return job !== undefined
}

async function work({ id, payload }) {
  const booked = await db.query(
    'insert into invoices (order_id, customer, amount) values ($1, $2, $3) on conflict do nothing',
    [payload.orderId, payload.customer, payload.amount],
  )
  if (booked.rowCount === 1) await charge(payload)
  await db.query('update jobs set done_at = now() where id = $1', [id])
  console.log(`booked order ${payload.orderId}`)
}

async function charge({ orderId, amount }) {
  const response = await fetch(`${PSP_URL}/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': orderId },
    body: JSON.stringify({ orderId, amount }),
  })
  if (!response.ok) throw new Error(`the payment provider answered ${response.status}`)
  await response.arrayBuffer()
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
