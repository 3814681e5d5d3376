/**
 * Records one payment for each paid order, from @platformatic/kafka's stream.
 *
 * The client commits by itself, which it does by default when messages enter the stream's buffer (catalogue B-04). The
 * row's key is the message's id, so that a message that comes twice is recorded once.
 */
import { Consumer, stringDeserializers } from '@platformatic/kafka'
import pg from 'pg'

const { KAFKA_BROKERS, DATABASE_URL, TOPIC = 'orders', GROUP_ID = 'payments' } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const consumer = new Consumer({
  clientId: 'payments',
  groupId: GROUP_ID,
  bootstrapBrokers: KAFKA_BROKERS.split(','),
  deserializers: stringDeserializers,
})
const stream = await consumer.consume({
  topics: [TOPIC], mode: 'committed', fallbackMode: 'earliest',
})
process.once('SIGTERM', () => stream.close().catch(leave))
console.log(`waiting for messages in ${TOPIC}`)
try {
  for await (const message of stream) await handle(message)
  await consumer.close()
  await db.end()
  process.exit(0)
} catch (error) {
  leave(error)
}

async function handle(message) {
  const order = JSON.parse(message.value)
  await db.query(
    'insert into payments (message_id, order_id, amount) values ($1, $2, $3) on conflict (message_id) do nothing',
    [message.headers.get('message-id'), order.orderId, order.amount],
  )
  console.log(`recorded payment of order ${order.orderId}`)
}

/** What the client does not mend by itself ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
