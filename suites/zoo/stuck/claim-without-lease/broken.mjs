/**
 * Ships each order once: a worker claims the message, ships, and sets the claim to done.
 *
 * Resembles the claims of woowacourse-teams/2025-ah-madda#815 and hexclave/hexclave#1356 (catalogue B-105). A message
 * that another worker has claimed goes back to the queue until that worker is done.
 */
import amqp from 'amqplib'
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(1)

const retryAfterMs = 3_000

let inFlight = Promise.resolve()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  inFlight = handle(message).catch(leave)
})
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  const messageId = message.properties.messageId
  if (await claim(messageId)) {
    await db.query('begin')
    await ship(order)
    await db.query("update claims set status = 'DONE' where message_id = $1", [messageId])
    await db.query('commit')
    console.log(`shipped order ${order.orderId}`)
  } else if (!(await isDone(messageId))) {
    console.log(`order ${order.orderId} is in the hands of another worker`)
    await sleep(retryAfterMs)
    channel.nack(message, false, true)
    return
  }
  channel.ack(message)
}

async function claim(messageId) {
  const claimed = await db.query(
    "insert into claims (message_id, status) values ($1, 'IN_PROGRESS') on conflict do nothing", [messageId],
  )
  return claimed.rowCount === 1
}

async function isDone(messageId) {
  const { rows } = await db.query('select status from claims where message_id = $1', [messageId])
  return rows[0]?.status === 'DONE'
}

async function ship(order) {
  await db.query('insert into shipments (order_id, customer) values ($1, $2)', [order.orderId, order.customer])
  await db.query('insert into movements (order_id, quantity) values ($1, $2)', [order.orderId, -order.quantity])
}

/** Finishes the message in hand, then goes. */
async function shutdown() {
  await channel.cancel(consumerTag)
  await inFlight
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  await db.end()
  process.exit(0)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
