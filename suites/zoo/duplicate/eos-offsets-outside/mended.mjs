/**
 * Turns each order into an invoice on another topic, with a transaction for each.
 *
 * The input's offset is committed inside the transaction (catalogue B-71): the sequence of @platformatic/kafka's
 * docs/transactions.md, and of consumers that were given a transactional producer later.
 */
import { Kafka } from 'kafkajs'

const { KAFKA_BROKERS, TOPIC = 'orders', OUT = 'invoices', GROUP_ID = 'invoicing' } = process.env

const kafka = new Kafka({ clientId: 'invoicing', brokers: KAFKA_BROKERS.split(',') })
const consumer = kafka.consumer({ groupId: GROUP_ID })
consumer.on(consumer.events.CRASH, ({ payload }) => {
  if (!payload.restart) leave(payload.error)
})
const producer = kafka.producer({
  transactionalId: `${GROUP_ID}-invoicing`, idempotent: true, maxInFlightRequests: 1, transactionTimeout: 10_000,
})
process.once('SIGTERM', () => shutdown().catch(leave))
await producer.connect()
await consumer.connect()
await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
await consumer.run({ autoCommit: false, eachMessage: (payload) => handle(payload).catch(leave) })
console.log(`waiting for messages in ${TOPIC}`)

async function handle({ topic, partition, message }) {
  const order = JSON.parse(message.value.toString())
  const topics = [{ topic, partitions: [{ partition, offset: (BigInt(message.offset) + 1n).toString() }] }]
  const transaction = await producer.transaction()
  try {
    await transaction.send({ topic: OUT, messages: [invoiceOf(order, message)] })
    await transaction.sendOffsets({ consumerGroupId: GROUP_ID, topics })
    await transaction.commit()
  } catch (error) {
    await transaction.abort()
    throw error
  }
  console.log(`issued an invoice for order ${order.orderId}`)
}

function invoiceOf(order, { key, headers }) {
  const value = JSON.stringify({ orderId: order.orderId, total: order.amount, dueInDays: 14 })
  return { key, value, headers: { 'message-id': headers['message-id'] } }
}

/** Finishes the message in hand, then goes. */
async function shutdown() {
  await consumer.disconnect()
  await producer.disconnect()
  process.exit(0)
}

/** What the client does not mend by itself ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
