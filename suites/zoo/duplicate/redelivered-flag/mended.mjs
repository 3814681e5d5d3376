/**
 * Books an invoice and a movement of stock for each order; an order that is delivered again is looked up first.
 *
 * Resembles the use of the flag that jondot/sneakers#111 and elixir-broadway/broadway_rabbitmq#6 discuss
 * (catalogue B-29): most messages are delivered once, and need no look.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

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
const gauge = setInterval(() => report().catch(leave), 1_000)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  const messageId = message.properties.messageId
  await transaction((db) => book(db, messageId, order))
  channel.ack(message)
  console.log(`booked order ${order.orderId}`)
}

async function book(db, messageId, order) {
  const claim = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
  await db.query('insert into movements (order_id, quantity) values ($1, $2)', [order.orderId, -order.quantity])
}

async function report() {
  const { rows } = await pool.query('select count(*) as invoices from invoices')
  console.log(`${rows[0].invoices} invoices so far`)
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
  clearInterval(gauge)
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
