/**
 * Books an invoice for each order; the position in the topic is a row of its own database.
 *
 * The row moves on in the transaction of the effect, and only forward: who comes with an offset that is behind it has
 * been overtaken, and writes nothing. Nothing is ever committed to the group; a new life seeks to where the row stands.
 */
import { Kafka } from 'kafkajs'
import pg from 'pg'

const { KAFKA_BROKERS, DATABASE_URL, TOPIC = 'orders', GROUP_ID = 'ledger' } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const kafka = new Kafka({ clientId: 'ledger', brokers: KAFKA_BROKERS.split(',') })
const consumer = kafka.consumer({ groupId: GROUP_ID })
consumer.on(consumer.events.CRASH, ({ payload }) => {
  if (!payload.restart) leave(payload.error)
})
process.once('SIGTERM', () => shutdown().catch(leave))
await consumer.connect()
await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
const { rows } = await db.query('select topic, partition, next_offset from positions where topic = $1', [TOPIC])
await consumer.run({ autoCommit: false, eachMessage: (payload) => handle(payload).catch(leave) })
// Whatever was fetched before the seek is known by its offset.
for (const { topic, partition, next_offset: offset } of rows) consumer.seek({ topic, partition, offset })
console.log(`waiting for messages in ${TOPIC}`)

async function handle({ topic, partition, message }) {
  const order = JSON.parse(message.value.toString())
  await db.query('begin')
  const moved = await db.query(
    `insert into positions (topic, partition, next_offset) values ($1, $2, $3) on conflict (topic, partition)
      do update set next_offset = excluded.next_offset where positions.next_offset < excluded.next_offset`,
    [topic, partition, (BigInt(message.offset) + 1n).toString()],
  )
  if (moved.rowCount === 1) await book(order)
  await db.query('commit')
  console.log(`booked order ${order.orderId}`)
}

async function book(order) {
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
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
