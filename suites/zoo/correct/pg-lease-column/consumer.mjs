/**
 * Books each job of a table under a claim that runs out after a second and has a number.
 *
 * Right: work may take longer than the claim, but whoever has lost it finds another number in the row and writes nothing.
 * Claims go over one connection of a pool and the work over another.
 */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

const db = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 3 })
db.on('error', leave)
db.on('connect', (client) => client.on('error', leave))
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
  await transaction((client) => work(client, job))
  return true
}

async function work(client, { id, payload, attempt }) {
  const mine = await client.query('update jobs set done_at = now() where id = $1 and attempt = $2', [id, attempt])
  if (mine.rowCount === 0) return console.log(`order ${payload.orderId} is somebody else's by now`)
  await client.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    payload.orderId, payload.customer, payload.amount,
  ])
  console.log(`booked order ${payload.orderId}`)
}

/** Ends with the commit or throws; a client that failed is closed, which rolls back whatever it had begun. */
async function transaction(body) {
  const client = await db.connect()
  try {
    await client.query('begin')
    await body(client)
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(error)
    throw error
  }
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
