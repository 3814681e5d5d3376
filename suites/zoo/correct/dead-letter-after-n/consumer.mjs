/**
 * Registers each order, and gives a message that can't be handled back until the broker puts it aside.
 *
 * Catalogue C-11: the queue's delivery limit ends the retries, and a dead letter is an end that the suite declares. The
 * effect's own key is the memory, so that a good message may be delivered as often as the limit allows.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.checkQueue(QUEUE) // Declared by whoever runs the broker, with its limit and its dead letters.
await channel.prefetch(5)

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  try {
    const order = JSON.parse(message.content.toString())
    await pool.query('insert into registrations (order_id, customer) values ($1, $2) on conflict do nothing', [
      order.orderId, order.customer,
    ])
    channel.ack(message)
    console.log(`registered order ${order.orderId}`)
  } catch (error) {
    console.error(`attempt ${Number(message.properties.headers['x-delivery-count'] ?? 0) + 1}: ${error.message}`)
    channel.nack(message, false, true)
  }
}

/** Finishes the messages in hand, then goes. */
async function shutdown() {
  await channel.cancel(consumerTag)
  await Promise.all(inFlight)
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  await pool.end()
  process.exit(0)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
