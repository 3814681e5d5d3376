/**
 * Pays out each order once: a payout that was made before is found in the table of processed messages.
 *
 * Resembles the guards of stellarBank/StellarBank#39 and dimileeh/agent-workspace-fabric#149 (catalogue B-11).
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
  const messageId = message.properties.messageId
  await db.query('begin')
  const seen = await db.query('select 1 from processed where message_id = $1', [messageId])
  if (seen.rowCount === 0) {
    await db.query('insert into payouts (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
    await db.query('insert into processed (message_id) values ($1)', [messageId])
    console.log(`paid out order ${order.orderId}`)
  }
  await db.query('commit')
  channel.ack(message)
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
