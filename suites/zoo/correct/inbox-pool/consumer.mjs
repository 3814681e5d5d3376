/**
 * Books an invoice and a journal entry for each order, many orders at once, beside a metrics poller.
 *
 * Catalogue C-01: the inbox row and both statements are one transaction, the acknowledgement comes after its commit.
 * Executions, deliveries and statements come as often as they like. It is also the consumer that costs are measured on:
 * ten connections, twenty messages at once, a count every 200 ms, and every connection kept alive.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10, keepAlive: true })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const connection = await amqp.connect(`${RABBITMQ_URL}?heartbeat=5`)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(20)

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
let leaving = false
let measuring = Promise.resolve()
let booked = 0
startMeasuring()
const keepAlive = setInterval(() => pool.query('select 1').catch(leave), 1_000)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await transaction((db) => book(db, message.properties.messageId, order))
  channel.ack(message)
  console.log(`booked order ${order.orderId}`)
}

async function book(db, messageId, order) {
  const claim = await db.query('insert into inbox (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('insert into entries (order_id, account, amount) values ($1, $2, $3)', [
    order.orderId, 'receivables', order.amount,
  ])
}

function startMeasuring() {
  measuring = measure().catch(leave)
}

async function measure() {
  const { rows } = await pool.query('select count(*) as invoices from invoices')
  booked = Number(rows[0].invoices)
  if (!leaving) setTimeout(startMeasuring, 200)
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
  leaving = true
  clearInterval(keepAlive)
  await measuring
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  await pool.end()
  console.log(`${booked} invoices so far`)
  process.exit(0)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
