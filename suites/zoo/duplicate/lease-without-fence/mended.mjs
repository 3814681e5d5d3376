/**
 * Books an invoice for each job of a table; a claim is a time in the row, after which anybody may take it.
 *
 * Nobody asks, when the work is done, whether the claim is still his own: a lease is not a lock (catalogue B-75, with
 * a lease column).
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
  const { rows: [job] } = await db.query(
    `update jobs set claimed_until = now() + interval '1 second', attempt = attempt + 1
      where id = (select id from jobs where done_at is null and claimed_until < now()
        order by id limit 1 for update skip locked)
      returning id, payload, attempt`,
  )
  if (job === undefined) return false
  await db.query('begin')
  const mine = await db.query('update jobs set done_at = now() where id = $1 and attempt = $2', [job.id, job.attempt])
  if (mine.rowCount === 1) await book(job)
  await db.query('commit')
  return true
}

async function book({ payload }) {
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    payload.orderId, payload.customer, payload.amount,
  ])
  console.log(`booked order ${payload.orderId}`)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
