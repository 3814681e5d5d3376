/**
 * Gives each order the next number of a series without gaps, counted in memory.
 *
 * Right because it runs alone: the orchestrator never lets two live, and the queue has one exclusive consumer. The
 * count starts where the table ends; the message's id is unique beside the number, so that a message which comes again
 * finds its number and takes no other.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()
const { rows: [start] } = await db.query('select coalesce(max(number), 0) as last from numbers')
let last = Number(start.last)

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
}, { exclusive: true })
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  const taken = await db.query(
    'insert into numbers (number, message_id, order_id) values ($1, $2, $3) on conflict (message_id) do nothing',
    [last + 1, message.properties.messageId, order.orderId],
  )
  if (taken.rowCount === 1) last += 1
  channel.ack(message)
  console.log(`order ${order.orderId} has its number`)
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

/** A lost connection, or a queue that still has its last consumer, ends the process; it is started again. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
