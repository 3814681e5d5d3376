/**
 * Books an invoice and a movement of stock for each order, ten orders at a time, and saves on acknowledgements.
 *
 * Resembles the consumers of tulios/kafkajs#320 and RTBHOUSE/kafka-workers#19 that commit the highest offset (catalogue
 * B-61); RabbitMQ's way of saying it is to acknowledge everything up to a delivery.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(10)

let acknowledgedUpTo = 0
const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
const gauge = setInterval(() => report().catch(leave), 1_000)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await transaction((db) => book(db, message.properties.messageId, order))
  acknowledge(message)
  console.log(`booked order ${order.orderId}`)
}

async function book(db, messageId, order) {
  const claim = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
  await db.query('insert into movements (order_id, quantity) values ($1, $2)', [order.orderId, -order.quantity])
}

/** One acknowledgement may stand for several deliveries. */
function acknowledge(message) {
  if (message.fields.deliveryTag <= acknowledgedUpTo) return
  acknowledgedUpTo = message.fields.deliveryTag
  channel.ack(message, true)
}

async function report() {
  const { rows } = await pool.query('select count(*) as invoices from invoices')
  console.log(`${rows[0].invoices} invoices so far`)
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
  clearInterval(gauge)
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
