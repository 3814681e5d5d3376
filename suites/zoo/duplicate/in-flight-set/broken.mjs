/**
 * Books an invoice and a movement of stock for each order, over a broker connection that it restores by itself.
 *
 * Resembles the handlers of tulios/kafkajs#1097 and arobson/rabbot#47 that outlive what they were handed by (catalogue
 * B-67). A message that comes again while it is in hand waits for the first one's end; what was booked is skipped.
 */
import amqp from 'amqplib'
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const inFlight = new Map()
let connection
let channel
let leaving = false
keepConnected().catch(leave)
const keepAlive = setInterval(() => pool.query('select 1').catch(leave), 1_000)
process.once('SIGTERM', () => shutdown().catch(leave))

async function keepConnected() {
  while (!leaving) {
    await session().catch((error) => console.error(error.message))
    inFlight.clear() // What is unacknowledged is delivered again.
    await sleep(200)
  }
}

/** One connection, from its beginning to its end. */
async function session() {
  connection = await amqp.connect(RABBITMQ_URL)
  connection.on('error', (error) => console.error(error.message))
  const closed = new Promise((resolve) => connection.once('close', resolve))
  channel = await connection.createChannel()
  await consume(channel)
  await closed
}

async function consume(channel) {
  channel.on('error', leave)
  await channel.assertQueue(QUEUE, { durable: true })
  await channel.prefetch(10)
  await channel.consume(QUEUE, (message) => {
    if (leaving) return
    if (message === null) return leave(new Error('the broker cancelled the consumer'))
    const id = message.properties.messageId
    const before = inFlight.get(id) ?? Promise.resolve()
    const work = before.then(() => handle(message)).then(() => acknowledge(channel, message)).catch(leave)
    inFlight.set(id, work)
    work.finally(() => inFlight.get(id) === work && inFlight.delete(id))
  })
  console.log(`waiting for messages in ${QUEUE}`)
}

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  if (await isProcessed(message.properties.messageId)) return
  await transaction((db) => book(db, message.properties.messageId, order))
  console.log(`booked order ${order.orderId}`)
}

async function isProcessed(messageId) {
  const { rowCount } = await pool.query('select 1 from processed where message_id = $1', [messageId])
  return rowCount > 0
}

async function book(db, messageId, order) {
  await db.query('insert into invoices (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
  await db.query('insert into movements (order_id, quantity) values ($1, $2)', [order.orderId, -order.quantity])
  await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
}

function acknowledge(channel, message) {
  try {
    channel.ack(message)
  } catch (error) {
    console.error(`not acknowledged: ${error.message}`)
  }
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
  leaving = true
  await Promise.all(inFlight.values())
  clearInterval(keepAlive)
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  await connection.close()
  await pool.end()
  process.exit(0)
}

function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
