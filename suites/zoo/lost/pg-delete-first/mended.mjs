/**
 * Books an invoice for each job of a table; a job is taken by deleting it.
 *
 * The deletion is durable before the work has begun: at most once, whatever the name of the table promises (catalogue
 * B-01, with a table).
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
    `delete from jobs where id = (select id from jobs order by id limit 1 for update skip locked)
      returning id, payload`,
  )
  if (job !== undefined) await book(job)
  await db.query('commit')
  return job !== undefined
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
