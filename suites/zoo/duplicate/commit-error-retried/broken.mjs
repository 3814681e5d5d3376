/**
 * Books an invoice for each order; a transaction that fails is tried again before the message is given back.
 *
 * Resembles the retry helpers of stroppy-io/stroppy#167 and rustrak#273 (catalogue B-57). An order whose message is
 * marked as processed is skipped.
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
await channel.prefetch(5)

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  const messageId = message.properties.messageId
  const seen = await pool.query('select 1 from processed where message_id = $1', [messageId])
  if (seen.rowCount === 0) {
    await withRetries(4, () => transaction((db) => book(db, messageId, order)))
    console.log(`booked order ${order.orderId}`)
  }
  channel.ack(message)
}

async function book(db, messageId, order) {
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
}

/** Ends with the commit or throws; a client that failed is closed, which rolls back whatever it had begun. */
async function transaction(body) {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await body(client)
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(error)
    throw error
  }
}

async function withRetries(tries, work) {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      if (left === 0) throw error
      console.error(`trying again: ${error.message}`)
      await sleep(200 * (tries - left))
    }
  }
}

/** Finishes the messages in hand, then goes. */
async function shutdown() {
  await channel.cancel(consumerTag)
  await Promise.all(inFlight)
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
