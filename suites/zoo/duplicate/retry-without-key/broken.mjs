/**
 * Charges each order at the payment provider, with a few tries when the network fails, and records the payment.
 *
 * Resembles the retries that dart-lang/pub-dev#5925 and Devlaner/devlane#374 discuss (catalogue B-51). The client adds
 * an idempotency key to each request, as the provider's documentation asks.
 */
import amqp from 'amqplib'
import pg from 'pg'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

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
  await withRetries(3, () => charge(message.properties.messageId, order))
  await db.query('insert into payments (order_id, amount) values ($1, $2) on conflict do nothing', [
    order.orderId, order.amount,
  ])
  channel.ack(message)
  console.log(`charged order ${order.orderId}`)
}

async function charge(reference, order) {
  const response = await fetch(`${process.env.PSP_URL}/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ orderId: order.orderId, amount: order.amount, reference }),
  })
  if (!response.ok) throw new Error(`the payment provider answered ${response.status}`)
  await response.arrayBuffer()
}

async function withRetries(tries, work) {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      if (left === 0) throw error
      console.error(`trying again: ${error.cause?.message ?? error.message}`)
      await sleep(200 * (tries - left))
    }
  }
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
