/**
 * Books an invoice for each job of a table that several workers share.
 *
 * Resembles the question of QueueClassic/queue_classic#345 (catalogue B-48): a row lock holds as long as its
 * transaction does, and a statement on its own is a transaction of its own.
 */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

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
  if (job !== undefined) await book(job)
  await db.query('commit')
  return job !== undefined
}

async function book({ id, payload }) {
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    payload.orderId, payload.customer, payload.amount,
  ])
  await db.query('update jobs set done_at = now() where id = $1', [id])
  console.log(`booked order ${payload.orderId}`)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
