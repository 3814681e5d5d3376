/**
 * Books an invoice and its ledger entry for each order, once: the message's id is claimed in the same transaction.
 *
 * Resembles the catch-all of R-Suite/ServiceConnect-CSharp#21 and rob3000/nestjs-kafka#8 (catalogue B-08): whatever the
 * handler throws is logged, and the message is given back after a pause.
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
  try {
    await transaction((db) => book(db, message.properties.messageId, order))
    channel.ack(message)
    console.log(`booked order ${order.orderId}`)
  } catch (error) {
    console.error(`order ${order.orderId} was not booked: ${error.message}`)
    await sleep(500)
    channel.nack(message)
  }
}

async function book(db, messageId, order) {
  const claim = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
  await db.query('insert into ledger (order_id, account, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
}

/** For the dashboard: how much was booked in the last hour. */
async function report() {
  const { rows } = await pool.query("select count(*) from invoices where issued_at > now() - interval '1 hour'")
  console.log(`${rows[0].count} invoices in the last hour`)
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

/** A lost broker connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
