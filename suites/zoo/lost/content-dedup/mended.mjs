/**
 * Books an invoice for each order, once: the fingerprint of an order is claimed in the same transaction.
 *
 * Resembles the content hash of madesroches/micromegas#1462 and the fingerprint of elastic/integrations#9966
 * (catalogue B-33, whose queue does the same by itself).
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
await channel.prefetch(10)

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
const beating = setInterval(() => beat().catch(leave), 400)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  const fingerprint = message.properties.messageId
  await transaction((db) => book(db, fingerprint, order))
  channel.ack(message)
  console.log(`booked order ${order.orderId}`)
}

async function book(db, fingerprint, order) {
  const claim = await db.query('insert into booked (fingerprint) values ($1) on conflict do nothing', [fingerprint])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
}

/** Says to the monitoring that this worker lives. */
async function beat() {
  await pool.query(`insert into heartbeats (worker) values ('booking')
    on conflict (worker) do update set beat_at = now()`)
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
  clearInterval(beating)
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  await pool.end()
  process.exit(0)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
