/**
 * Books an invoice for each order and announces it on another queue through an outbox that a relay empties.
 *
 * Resembles JiRaska/open-bank-oss#3646 and abpframework/abp#24340 (catalogue B-41): the relay looks every 200 ms,
 * publishes what it finds and marks it as published.
 * The pool's connections are kept alive by a query every second.
 */
import amqp from 'amqplib'
import pg from 'pg'

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

const outputQueue = 'invoices'
const output = await connection.createConfirmChannel()
output.on('error', leave)
await output.assertQueue(outputQueue, { durable: true })

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
let leaving = false
let relaying = Promise.resolve()
startRelay()
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
  const claim = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  const event = JSON.stringify({ type: 'invoice-issued', orderId: order.orderId, amount: order.amount })
  await db.query('insert into outbox (event_id, payload) values ($1, $2)', [messageId, event])
}

function startRelay() {
  relaying = relay().catch(leave)
}

/** Publishes what lies in the outbox; the rows stay locked until they are marked. */
async function relay() {
  await transaction(async (db) => {
    const { rows } = await db.query(`select event_id, payload from outbox where published_at is null
      order by position limit 50 for update skip locked`)
    if (rows.length === 0) return
    for (const row of rows) {
      output.sendToQueue(outputQueue, Buffer.from(row.payload), { messageId: row.event_id, persistent: true })
    }
    await db.query('update outbox set published_at = now() where event_id = any($1)', [rows.map((row) => row.event_id)])
  })
  if (!leaving) setTimeout(startRelay, 200)
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
  await relaying
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
