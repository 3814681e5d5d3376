/**
 * Pays out each order once: a payout that was made before is found in the table of processed messages.
 *
 * Resembles the guards of stellarBank/StellarBank#39 and dimileeh/agent-workspace-fabric#149 (catalogue B-11).
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
  await db.query('select pg_advisory_xact_lock(hashtext($1))', [messageId])
  const seen = await db.query('select 1 from processed where message_id = $1', [messageId])
  if (seen.rowCount === 0) {
    await db.query('insert into payouts (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
    await db.query('insert into processed (message_id) values ($1)', [messageId])
    console.log(`paid out order ${order.orderId}`)
  }
  await db.query('commit')
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
