/**
 * Charges each order at the payment provider, and books the invoice before and the payment after it in one transaction.
 *
 * Resembles porsager/postgres#1204 and noblesamurai/node-pg-jobs#8, where one connection served two transactions. The
 * provider knows a key that it has seen, so that a transaction that was rolled back may be done again.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const db = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
db.on('error', leave)
db.on('connect', (client) => client.on('error', leave))

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
  await transaction((client) => settle(client, message.properties.messageId, order))
  channel.ack(message)
  console.log(`settled order ${order.orderId}`)
}

async function settle(client, messageId, order) {
  const claim = await client.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await client.query('insert into invoices (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
  await charge(messageId, order)
  await client.query('insert into payments (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
}

async function charge(key, order) {
  const response = await fetch(`${process.env.PSP_URL}/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ orderId: order.orderId, amount: order.amount }),
  })
  if (!response.ok) throw new Error(`the payment provider answered ${response.status}`)
  await response.arrayBuffer()
}

async function report() {
  const { rows } = await db.query('select count(*) as invoices from invoices')
  console.log(`${rows[0].invoices} invoices so far`)
}

/** Ends with the commit or throws, which ends the process. */
async function transaction(body) {
  const client = await db.connect()
  await client.query('begin')
  await body(client)
  await client.query('commit')
  client.release()
}

/** Finishes the messages in hand, then goes. */
async function shutdown() {
  await channel.cancel(consumerTag)
  await Promise.all(inFlight)
  clearInterval(gauge)
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  await db.end()
  process.exit(0)
}

/** A lost broker connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
