/**
 * Takes orders into a table of jobs, acknowledges them, and ships; a sweeper finishes what was left.
 *
 * Right by the lease that the stuck twin of catalogue B-105 lacks: a job belongs to whoever took it for two seconds,
 * then to any sweeper, and is done in the transaction that ships it.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(5)

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
let leaving = false
let sweeping = Promise.resolve()
startSweep()
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const job = { id: message.properties.messageId, payload: message.content.toString() }
  const taken = await pool.query('insert into jobs (message_id, payload) values ($1, $2) on conflict do nothing', [
    job.id, job.payload,
  ])
  channel.ack(message)
  if (taken.rowCount === 1) await finish(job)
}

/** Ships a job unless somebody else has; the update waits for whoever is at it. */
async function finish(job) {
  const order = JSON.parse(job.payload)
  await transaction(async (db) => {
    const mine = await db.query('update jobs set done_at = now() where message_id = $1 and done_at is null', [job.id])
    if (mine.rowCount === 0) return
    await db.query('insert into shipments (order_id, customer) values ($1, $2)', [order.orderId, order.customer])
    await db.query('insert into movements (order_id, quantity) values ($1, $2)', [order.orderId, -order.quantity])
    console.log(`shipped order ${order.orderId}`)
  })
}

async function sweep() {
  const { rows } = await pool.query(
    'select message_id as id, payload from jobs where done_at is null and lease_until < now() limit 20',
  )
  for (const job of rows) await finish(job)
  if (!leaving) setTimeout(startSweep, 500)
}

function startSweep() {
  sweeping = sweep().catch(leave)
}

/** Ends with the commit or throws; a client that failed is closed, which rolls back whatever it had begun. */
async function transaction(body) {
  const client = await pool.connect()
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

/** Finishes the messages in hand, then goes. */
async function shutdown() {
  await channel.cancel(consumerTag)
  await Promise.all(inFlight)
  leaving = true
  await sweeping
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  await pool.end()
  process.exit(0)
}

/** A lost broker connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
