/**
 * Charges each order at the payment provider and records the payment; an order that is recorded is not charged again.
 *
 * Resembles the deduplication of kibertoad/message-queue-toolkit, which marks a message after its handler
 * (catalogue B-16).
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
  const paid = await db.query('select 1 from payments where order_id = $1', [order.orderId])
  if (paid.rowCount === 0) {
    await charge(message.properties.messageId, order)
    await db.query('insert into payments (order_id, amount) values ($1, $2) on conflict do nothing', [
      order.orderId, order.amount,
    ])
    console.log(`charged order ${order.orderId}`)
  }
  channel.ack(message)
}

async function charge(reference, order) {
  const response = await fetch(`${process.env.PSP_URL}/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-reference': reference },
    body: JSON.stringify({ orderId: order.orderId, amount: order.amount }),
  })
  if (!response.ok) throw new Error(`the payment provider answered ${response.status}`)
  await response.arrayBuffer()
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
