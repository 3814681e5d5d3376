/**
 * Books an invoice and a movement of stock for each order, ten orders of the partition at a time.
 *
 * Resembles the consumers of tulios/kafkajs#320 and RTBHOUSE/kafka-workers#19 (catalogue B-61). It commits up to the
 * first offset that is not done. An inbox row in the transaction knows a message again.
 */
import { Kafka } from 'kafkajs'
import pg from 'pg'

const { KAFKA_BROKERS, DATABASE_URL, TOPIC = 'orders', GROUP_ID = 'invoicing' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const kafka = new Kafka({ clientId: 'invoicing', brokers: KAFKA_BROKERS.split(',') })
const consumer = kafka.consumer({ groupId: GROUP_ID })
consumer.on(consumer.events.CRASH, ({ payload }) => {
  if (!payload.restart) leave(payload.error)
})
process.once('SIGTERM', () => shutdown().catch(leave))
await consumer.connect()
await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
let next = 0n
const inFlight = new Map()
await consumer.run({ autoCommit: false, eachMessage: (payload) => accept(payload).catch(leave) })
console.log(`waiting for messages in ${TOPIC}`)

/** The next order is taken as soon as there is room for it. */
async function accept({ partition, message }) {
  if (inFlight.size >= 10) await Promise.race(inFlight.values())
  const offset = BigInt(message.offset)
  const work = handle(message).then(() => commit(partition, offset)).catch(leave)
  inFlight.set(offset, work)
}

/** One commit stands for all orders up to it; what is in hand stays above. */
async function commit(partition, offset) {
  inFlight.delete(offset)
  if (offset >= next) next = offset + 1n
  const [lowest = next] = inFlight.keys()
  await consumer.commitOffsets([{ topic: TOPIC, partition, offset: lowest.toString() }])
}

async function handle(message) {
  const order = JSON.parse(message.value.toString())
  await transaction((db) => book(db, message.headers['message-id'].toString(), order))
  console.log(`booked order ${order.orderId}`)
}

async function book(db, messageId, order) {
  const claim = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
  await db.query('insert into movements (order_id, quantity) values ($1, $2)', [order.orderId, -order.quantity])
}

/** Ends with the commit or throws; a client that failed is closed, which rolls back whatever it had begun. */
async function transaction(body) {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await body(client)
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(error)
    throw error
  }
}

/** Finishes the messages in hand, then goes. */
async function shutdown() {
  await Promise.all(inFlight.values())
  await consumer.disconnect()
  await pool.end()
  process.exit(0)
}

/** What the client does not mend by itself ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
