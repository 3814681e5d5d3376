/**
 * Records one payment for each paid order: a payment that is there already fails with 23505, and the message is done.
 *
 * Catalogue C-02: the effect's own key is the memory.
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
await consumer.run({ eachMessage: (payload) => handle(payload).catch(leave) })
console.log(`waiting for messages in ${TOPIC}`)

async function handle({ message }) {
  const order = JSON.parse(message.value.toString())
  try {
    await db.query('insert into payments (message_id, order_id, amount) values ($1, $2, $3)', [
      message.headers['message-id'].toString(), order.orderId, order.amount,
    ])
    console.log(`recorded payment of order ${order.orderId}`)
  } catch (error) {
    if (error.code !== '23505') throw error
    console.log(`the payment of order ${order.orderId} was recorded before`)
  }
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
