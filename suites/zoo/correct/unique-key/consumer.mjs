/**
 * Issues a ticket for each order; the message's id is unique in the table of tickets.
 *
 * Catalogue C-02, after ITISFoundation/osparc-simcore#9270: the effect itself is the memory. A message that comes
 * twice meets the unique key, and that is its acknowledgement.
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
await channel.assertQueue(QUEUE, { durable: true })
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
  const order = JSON.parse(message.content.toString())
  try {
    await pool.query('insert into tickets (message_id, order_id, customer) values ($1, $2, $3)', [
      message.properties.messageId, order.orderId, order.customer,
    ])
    console.log(`issued a ticket for order ${order.orderId}`)
  } catch (error) {
    if (error.code !== '23505') throw error
    console.log(`order ${order.orderId} has its ticket`)
  }
  channel.ack(message)
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

/** A lost broker connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
