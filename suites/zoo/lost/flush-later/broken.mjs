/**
 * Collects sales for a report and writes them in batches: a quarter of a second after the first, or a hundred at once.
 *
 * Resembles the aggregating consumer of bbc/sqs-consumer#258 and the shutdown of quarkusio/quarkus#50475
 * (catalogue B-104, B-97).
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const flushAfterMs = 250
const flushAt = 100
let buffer = []
let timer

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(2 * flushAt)

await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  handle(message).catch(leave)
})
process.once('SIGTERM', () => process.exit(0))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  buffer.push(message)
  channel.ack(message)
  if (buffer.length >= flushAt) return flush()
  timer ??= setTimeout(() => flush().catch(leave), flushAfterMs)
}

async function flush() {
  clearTimeout(timer)
  timer = undefined
  const batch = buffer
  buffer = []
  const values = batch.flatMap((message) => {
    const sale = JSON.parse(message.content.toString())
    return [message.properties.messageId, sale.orderId, sale.amount]
  })
  const rows = batch.map((_, i) => `($${3 * i + 1}, $${3 * i + 2}, $${3 * i + 3})`).join(', ')
  await db.query(`insert into sales (message_id, order_id, amount) values ${rows} on conflict do nothing`, values)
  console.log(`wrote ${batch.length} sales`)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
