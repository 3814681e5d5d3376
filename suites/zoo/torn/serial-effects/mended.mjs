/**
 * Imports orders: the order itself, its reservation of stock, and an entry in its history.
 *
 * Resembles the handler of fyndiq/confluent_kafka_helpers#94 (catalogue B-39). The order's key tells an order that was
 * imported before.
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
  const client = await pool.connect()
  try {
    await client.query('begin')
    await importOrder(client, order)
    await client.query('commit')
    console.log(`imported order ${order.orderId}`)
  } catch (error) {
    if (error.code !== '23505') throw error
    await client.query('rollback')
    console.log(`order ${order.orderId} was imported before`)
  } finally {
    client.release()
  }
  channel.ack(message)
}

async function importOrder(db, order) {
  await db.query('insert into orders (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('insert into reservations (order_id, quantity) values ($1, $2)', [order.orderId, order.quantity])
  await db.query('insert into order_events (order_id, event) values ($1, $2)', [order.orderId, 'imported'])
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
