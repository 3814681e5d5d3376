/**
 * Books an invoice for each order, once, and has it delivered.
 *
 * Resembles the position file of SumoLogic/fluentd-kubernetes-sumologic#47 on an emptyDir volume (catalogue B-20, on
 * disk).
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, STATE_DIR, QUEUE = 'orders' } = process.env

const journal = `${STATE_DIR}/begun`
const begun = new Set(existsSync(journal) ? readFileSync(journal, 'utf8').split('\n') : [])

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 })
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
const reporting = setInterval(() => report().catch(leave), 500)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await transaction((db) => book(db, message.properties.messageId, order))
  channel.ack(message)
  console.log(`booked order ${order.orderId}`)
}

async function book(db, messageId, order) {
  // Only what was begun before can be booked already; for all others a look is saved.
  if (begun.has(messageId)) {
    if ((await db.query('select 1 from invoices where order_id = $1', [order.orderId])).rowCount > 0) return
  }
  appendFileSync(journal, `${messageId}\n`)
  begun.add(messageId)
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('insert into deliveries (order_id) values ($1)', [order.orderId])
}

/** Tells how much is to be delivered. */
async function report() {
  const { rows: [{ open }] } = await pool.query('select count(*) as open from deliveries where sent_at is null')
  console.log(`${open} deliveries are open`)
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
