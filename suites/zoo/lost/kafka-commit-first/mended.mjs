/**
 * Records one payment for each paid order.
 *
 * Resembles the consumer of PostHog/posthog#43945 (catalogue B-01), which commits what it has received. The row's key
 * is the message's id, so that a message that comes twice is recorded once.
 */
import { Kafka } from 'kafkajs'
import pg from 'pg'

const { KAFKA_BROKERS, DATABASE_URL, TOPIC = 'orders', GROUP_ID = 'payments' } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const kafka = new Kafka({ clientId: 'payments', brokers: KAFKA_BROKERS.split(',') })
const consumer = kafka.consumer({ groupId: GROUP_ID })
consumer.on(consumer.events.CRASH, ({ payload }) => {
  if (!payload.restart) leave(payload.error)
})
process.once('SIGTERM', () => shutdown().catch(leave))
await consumer.connect()
await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
await consumer.run({ autoCommit: false, eachMessage: (payload) => handle(payload).catch(leave) })
console.log(`waiting for messages in ${TOPIC}`)

async function handle({ topic, partition, message }) {
  const order = JSON.parse(message.value.toString())
  await db.query(
    'insert into payments (message_id, order_id, amount) values ($1, $2, $3) on conflict (message_id) do nothing',
    [message.headers['message-id'].toString(), order.orderId, order.amount],
  )
  await consumer.commitOffsets([{ topic, partition, offset: (BigInt(message.offset) + 1n).toString() }])
  console.log(`recorded payment of order ${order.orderId}`)
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
