/**
 * Pays out each order once: what was paid out is remembered in the same transaction.
 *
 * Resembles the guard of simstudioai/sim#1330 (catalogue B-20).
 */
import { Kafka } from 'kafkajs'
import pg from 'pg'

const { KAFKA_BROKERS, DATABASE_URL, TOPIC = 'orders', GROUP_ID = 'payouts' } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const kafka = new Kafka({ clientId: 'payouts', brokers: KAFKA_BROKERS.split(',') })
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
  const messageId = message.headers['message-id'].toString()
  await db.query('begin')
  const claim = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return await db.query('rollback')
  await db.query('insert into payouts (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
  await db.query('insert into payout_log (order_id, customer) values ($1, $2)', [order.orderId, order.customer])
  await db.query('commit')
  console.log(`paid out order ${order.orderId}`)
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
