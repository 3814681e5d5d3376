/**
 * Charges each order at the payment provider and keeps the provider's receipt.
 *
 * Catalogue C-05, after trycompai/comp#3400: every request of a message carries the same key, and the provider answers
 * a key that it knows with what it answered first. The receipt is fetched that way, by the same request again.
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
  const key = message.properties.messageId
  await charge(key, order)
  const receipt = await charge(key, order)
  await db.query('insert into receipts (order_id, amount, receipt) values ($1, $2, $3) on conflict do nothing', [
    order.orderId, order.amount, receipt,
  ])
  channel.ack(message)
  console.log(`charged order ${order.orderId}`)
}

async function charge(key, order) {
  const response = await fetch(`${process.env.PSP_URL}/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ orderId: order.orderId, amount: order.amount }),
  })
  if (!response.ok) throw new Error(`the payment provider answered ${response.status}`)
  return response.text()
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
