/**
 * Pays out each order through a provider and keeps a record of it: queued, sending, sent.
 *
 * Resembles n8bar/CryptoZing#93 (catalogue B-09). What stands at "sending" is looked up at the provider, which
 * knows no idempotency keys.
 */
import amqp from 'amqplib'
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 })
// A broken database connection is replaced by the pool; the statement that ran on it rejects.
pool.on('error', (error) => console.error(`database: ${error.message}`))
pool.on('connect', (client) => client.on('error', (error) => console.error(`database: ${error.message}`)))

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
const reporting = setInterval(() => report().catch((error) => console.error(error.message)), 1_000)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await pool.query('insert into payouts (order_id, amount) values ($1, $2) on conflict do nothing', [
    order.orderId, order.amount,
  ])
  try {
    await payOut(order)
    channel.ack(message)
    console.log(`paid out order ${order.orderId}`)
  } catch (error) {
    console.error(`order ${order.orderId} was not paid out: ${error.cause?.message ?? error.message}`)
    await sleep(200)
    channel.nack(message)
  }
}

async function payOut(order) {
  const { rows } = await pool.query('select status from payouts where order_id = $1', [order.orderId])
  const [{ status }] = rows
  if (status === 'sent') return
  if (status === 'queued') {
    await pool.query("update payouts set status = 'sending', tries = tries + 1 where order_id = $1", [order.orderId])
  }
  if (status === 'queued' || !await isAtProvider(order)) await send(order)
  await pool.query("update payouts set status = 'sent', sent_at = now() where order_id = $1", [order.orderId])
}

async function isAtProvider(order) {
  const response = await fetch(`${process.env.PSP_URL}/payouts/${order.orderId}`)
  await response.arrayBuffer()
  if (response.status >= 500 || response.status === 429) throw new Error(`the provider answered ${response.status}`)
  return response.status === 200
}

async function send(order) {
  const response = await fetch(`${process.env.PSP_URL}/payouts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ orderId: order.orderId, amount: order.amount }),
  })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`the provider answered ${response.status}`)
}

/** For the dashboard: what is not paid out yet. */
async function report() {
  const { rows } = await pool.query("select count(*) from payouts where status <> 'sent'")
  console.log(`${rows[0].count} payouts are open`)
}

/** Finishes the messages in hand, then goes. */
async function shutdown() {
  await channel.cancel(consumerTag)
  await Promise.all(inFlight)
  clearInterval(reporting)
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  await pool.end()
  process.exit(0)
}

/** A lost broker connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
