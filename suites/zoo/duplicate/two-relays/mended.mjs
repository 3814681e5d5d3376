/**
 * Books an invoice for each order and charges it at the payment provider through an outbox that a relay empties.
 *
 * Resembles the relays of derive-to/derive#118 and LepistaBioinformatics/mycelium#192 (catalogue B-43). The relay is
 * woken by each order, and looks every 200 ms for what an earlier life has left.
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

let relaying = Promise.resolve()
const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
const poll = setInterval(() => relay().catch(leave), 200)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await transaction((db) => book(db, message.properties.messageId, order))
  await relay()
  channel.ack(message)
  console.log(`booked order ${order.orderId}`)
}

async function book(db, messageId, order) {
  const claim = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
  const event = JSON.stringify({ orderId: order.orderId, amount: order.amount })
  await db.query('insert into outbox (event_id, payload) values ($1, $2)', [messageId, event])
}

/** One pass at a time. */
function relay() {
  relaying = relaying.then(sendPending)
  return relaying
}

/** Sends what lies in the outbox, oldest first. */
async function sendPending() {
  await transaction(async (db) => {
    const { rows } = await db.query(`select event_id, payload from outbox where sent_at is null
      order by position limit 20 for update skip locked`)
    for (const row of rows) {
      await charge(row)
      await db.query('update outbox set sent_at = now() where event_id = $1', [row.event_id])
    }
  })
}

async function charge(row) {
  const response = await fetch(`${process.env.PSP_URL}/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': row.event_id },
    body: row.payload,
  })
  if (!response.ok) throw new Error(`the payment provider answered ${response.status}`)
  await response.arrayBuffer()
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
  clearInterval(poll)
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
