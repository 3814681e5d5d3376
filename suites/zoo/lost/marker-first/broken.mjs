/**
 * Ships each order once: a marker row keeps an order that comes twice from being shipped twice.
 *
 * Resembles the shape of getsentry/sentry#107734 with a table in place of a cache (catalogue B-13, B-15).
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(1)

let inFlight = Promise.resolve()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  inFlight = handle(message).catch(leave)
})
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  const marker = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [
    message.properties.messageId,
  ])
  if (marker.rowCount === 1) {
    await db.query('begin')
    await ship(order)
    await db.query('commit')
    console.log(`shipped order ${order.orderId}`)
  }
  channel.ack(message)
}

async function ship(order) {
  await db.query('insert into shipments (order_id, customer) values ($1, $2)', [order.orderId, order.customer])
  await db.query('insert into movements (order_id, quantity) values ($1, $2)', [order.orderId, -order.quantity])
}

/** Finishes the message in hand, then goes. */
async function shutdown() {
  await channel.cancel(consumerTag)
  await inFlight
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  await db.end()
  process.exit(0)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
