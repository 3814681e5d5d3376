/**
 * Imports orders: the order itself, its reservation of stock, and an entry in its history.
 *
 * Resembles the handler of fyndiq/confluent_kafka_helpers#94 (catalogue B-39). The order's key tells an order that was
 * imported before.
 */
import { Kafka } from 'kafkajs'
import pg from 'pg'

const { KAFKA_BROKERS, DATABASE_URL, TOPIC = 'orders', GROUP_ID = 'import' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const kafka = new Kafka({ clientId: 'import', brokers: KAFKA_BROKERS.split(',') })
const consumer = kafka.consumer({ groupId: GROUP_ID })
consumer.on(consumer.events.CRASH, ({ payload }) => {
  if (!payload.restart) leave(payload.error)
})
process.once('SIGTERM', () => shutdown().catch(leave))
await consumer.connect()
await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
await consumer.run({ eachMessage: (payload) => handle(payload).catch(leave) })
console.log(`waiting for messages in ${TOPIC}`)

async function handle({ message }) {
  const order = JSON.parse(message.value.toString())
  try {
    await importOrder(pool, order)
    console.log(`imported order ${order.orderId}`)
  } catch (error) {
    if (error.code !== '23505') throw error
    console.log(`order ${order.orderId} was imported before`)
  }
}

async function importOrder(db, order) {
  await db.query('insert into orders (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('insert into reservations (order_id, quantity) values ($1, $2)', [order.orderId, order.quantity])
  await db.query('insert into order_events (order_id, event) values ($1, $2)', [order.orderId, 'imported'])
}

/** Finishes the message in hand and commits it, then goes. */
async function shutdown() {
  await consumer.disconnect()
  await pool.end()
  process.exit(0)
}

/** What the client does not mend by itself ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
