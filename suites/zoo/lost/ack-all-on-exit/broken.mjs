/**
 * Renders a document for each order and stores it. A document that is there already is not stored again.
 *
 * Resembles the shutdown that Workable/rabbit-queue#29 asks for, and tulios/kafkajs#18, which resolved what it had not
 * finished (catalogue B-98): on SIGTERM everything in hand is acknowledged, so that nothing is left behind.
 */
import amqp from 'amqplib'
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5, keepAlive: true })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(10)

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
let leaving = false
setInterval(() => report().catch(leave), 1_000)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await pool.query('insert into renderings (order_id) values ($1) on conflict do nothing', [order.orderId])
  const content = await render(order)
  await pool.query('insert into documents (order_id, content) values ($1, $2) on conflict do nothing', [
    order.orderId, content,
  ])
  if (!leaving) channel.ack(message)
  console.log(`rendered order ${order.orderId}`)
}

/** Stands for the work of a printer, which takes its time. */
async function render(order) {
  await sleep(250)
  return `Invoice of ${order.customer}: ${order.amount}`
}

/** For the dashboard: what is being rendered. */
async function report() {
  const { rows } = await pool.query(`select count(*) from renderings left join documents using (order_id)
    where documents.order_id is null`)
  console.log(`${rows[0].count} renderings are under way`)
}

/** Nothing may stay unacknowledged behind us. */
async function shutdown() {
  await channel.cancel(consumerTag)
  leaving = true
  channel.ackAll()
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  process.exit(0)
}

/** A lost broker connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
