/**
 * Books an invoice and its ledger posting for each order, each message by itself, with kafkajs and its defaults.
 *
 * Catalogue C-01: the inbox row and both statements are one transaction; the client commits the offset after it. A
 * member that was put out of its group goes on with the message in hand and finds its commit refused (C-17).
 */
import { Kafka } from 'kafkajs'
import pg from 'pg'

const { KAFKA_BROKERS, DATABASE_URL, TOPIC = 'orders', GROUP_ID = 'invoicing' } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const kafka = new Kafka({ clientId: 'invoicing', brokers: KAFKA_BROKERS.split(',') })
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
  await db.query('begin')
  const claim = await db.query('insert into inbox (message_id) values ($1) on conflict do nothing', [
    message.headers['message-id'].toString(),
  ])
  if (claim.rowCount === 1) await book(order)
  await db.query('commit')
  console.log(`booked order ${order.orderId}`)
}

async function book(order) {
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('insert into postings (order_id, account, amount) values ($1, $2, $3)', [
    order.orderId, 'receivables', order.amount,
  ])
}

/** Finishes the message in hand and commits it, then goes. */
async function shutdown() {
  await consumer.disconnect()
  await db.end()
  process.exit(0)
}

/** What the client does not mend by itself ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
