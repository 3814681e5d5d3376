/**
 * Books an invoice and its ledger posting for each order, a fetched batch at a time, with a pool of five.
 *
 * Catalogue C-01: an inbox row in each message's transaction. Offsets are resolved when the whole batch is done, so
 * that a crash in the middle brings all of it back.
 */
import { Kafka } from 'kafkajs'
import pg from 'pg'

const { KAFKA_BROKERS, DATABASE_URL, TOPIC = 'orders', GROUP_ID = 'invoicing' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 })
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
await consumer.run({ eachBatch: (payload) => handleBatch(payload).catch(leave) })
console.log(`waiting for messages in ${TOPIC}`)

/** All that was fetched at once; the client commits behind it. */
async function handleBatch({ batch, heartbeat }) {
  await Promise.all(batch.messages.map(handle))
  await heartbeat()
}

async function handle(message) {
  const order = JSON.parse(message.value.toString())
  await transaction((db) => book(db, message.headers['message-id'].toString(), order))
  console.log(`booked order ${order.orderId}`)
}

async function book(db, messageId, order) {
  const claim = await db.query('insert into inbox (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('insert into postings (order_id, account, amount) values ($1, $2, $3)', [
    order.orderId, 'receivables', order.amount,
  ])
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
