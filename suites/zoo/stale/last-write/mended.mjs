/**
 * Keeps a page of customers up to date from their orders: the last order, its number and amount.
 *
 * Resembles the read model of KanishJebaMathewM/Truxify#11396, whose upsert stores a version and does not ask for it.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const upsert = `insert into customers (customer, last_order, sequence, amount) values ($1, $2, $3, $4)
  on conflict (customer) do update set last_order = excluded.last_order, sequence = excluded.sequence,
    amount = excluded.amount, updated_at = now()
  where customers.sequence < excluded.sequence`

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
  await db.query(upsert, [order.customer, order.orderId, order.sequence, order.amount])
  channel.ack(message)
  console.log(`customer ${order.customer} ordered ${order.orderId}`)
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
