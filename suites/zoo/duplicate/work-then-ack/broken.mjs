/**
 * Books an invoice and its ledger posting for each order, then acknowledges.
 *
 * Resembles the workers of mailgun/kafka-pixy#62 and Devlaner/devlane#374 (catalogue B-03).
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
  await db.query('begin')
  await book(order)
  await db.query('commit')
  channel.ack(message)
  console.log(`booked order ${order.orderId}`)
}

async function book(order) {
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('insert into postings (order_id, account, amount) values ($1, $2, $3)', [
    order.orderId, 'receivables', order.amount,
  ])
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
