/**
 * Books an invoice for each order, once, and gives up a message that fails again and again: it must not block the rest.
 *
 * Resembles n8n-io/n8n#35616, which drops a message after its last retry (catalogue B-10). Attempts are counted where
 * a crash can't take them along, so that a message that kills the process is given up too.
 */
import amqp from 'amqplib'
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const count =
  'insert into attempts (message_id) values ($1) on conflict (message_id) do update set n = attempts.n + 1 returning n'

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 })
// A broken database connection is replaced by the pool; the statement that ran on it rejects.
pool.on('error', (error) => console.error(`database: ${error.message}`))
pool.on('connect', (client) => client.on('error', (error) => console.error(`database: ${error.message}`)))

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, {
  durable: true, deadLetterExchange: '', deadLetterRoutingKey: 'orders.dead',
})
await channel.prefetch(10)

const attemptsMax = 3
const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
const reporting = setInterval(() => report().catch(leave), 500)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  const { rows: [attempt] } = await pool.query(count, [message.properties.messageId])
  if (attempt.n > attemptsMax) {
    console.error(`order ${order.orderId} is given up after ${attemptsMax} attempts`)
    return channel.nack(message, false, false)
  }
  try {
    await transaction((db) => book(db, message.properties.messageId, order))
    channel.ack(message)
  } catch (error) {
    console.error(`order ${order.orderId} was not booked: ${error.message}`)
    await sleep(200)
    channel.nack(message)
  }
}

async function book(db, messageId, order) {
  await db.query('delete from attempts where message_id = $1', [messageId])
  const claim = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
}

/** Tells how many messages are on their second attempt or a later one. */
async function report() {
  const { rows: [{ retried }] } = await pool.query('select count(*) as retried from attempts where n > 1')
  if (retried > 0) console.log(`${retried} messages are tried again`)
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

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
