/**
 * Settles orders and returns, each from a queue of its own: a booking before the call of the payment provider and one
 * after it, in one transaction.
 *
 * Resembles porsager/postgres#1204, where one connection served two transactions. Each queue hands over one message at
 * a time, so it looks as if one connection were enough; but there are two queues.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { ORDERS_URL, RETURNS_URL, DATABASE_URL, PSP_URL } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const inFlight = new Set()
const consumers = [
  await consume(ORDERS_URL, 'orders', settleOrder),
  await consume(RETURNS_URL, 'returns', settleReturn),
]
process.once('SIGTERM', () => shutdown().catch(leave))

async function consume(url, queue, settle) {
  const connection = await amqp.connect(url)
  connection.on('error', leave)
  connection.on('close', leave)
  const channel = await connection.createChannel()
  channel.on('error', leave)
  await channel.assertQueue(queue, { durable: true })
  await channel.prefetch(1)
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (message === null) return leave(new Error('the broker cancelled the consumer'))
    const work = handle(channel, message, settle).catch(leave).finally(() => inFlight.delete(work))
    inFlight.add(work)
  })
  console.log(`waiting for messages in ${queue}`)
  return { connection, channel, consumerTag }
}

async function handle(channel, message, settle) {
  const { messageId } = message.properties
  const order = JSON.parse(message.content.toString())
  await transaction(async (client) => {
    const claim = await client.query(
      'insert into processed (message_id) values ($1) on conflict do nothing', [messageId],
    )
    if (claim.rowCount > 0) await settle(client, messageId, order)
  })
  channel.ack(message)
  console.log(`settled ${order.orderId}`)
}

async function settleOrder(client, key, { orderId, amount }) {
  await client.query('insert into invoices (order_id, amount) values ($1, $2)', [orderId, amount])
  await call('/charges', key, { orderId, amount })
  await client.query('insert into payments (order_id, amount) values ($1, $2)', [orderId, amount])
}

async function settleReturn(client, key, { orderId, amount }) {
  await client.query('insert into credits (order_id, amount) values ($1, $2)', [orderId, amount])
  await call('/refunds', key, { orderId, amount })
  await client.query('insert into refunds (order_id, amount) values ($1, $2)', [orderId, amount])
}

async function call(path, key, body) {
  const response = await fetch(`${PSP_URL}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`the payment provider answered ${response.status}`)
  await response.arrayBuffer()
}

/** Ends with the commit or throws, which ends the process. */
async function transaction(body) {
  await db.query('begin')
  await body(db)
  await db.query('commit')
}

/** Finishes the messages in hand, then goes. */
async function shutdown() {
  for (const { channel, consumerTag } of consumers) await channel.cancel(consumerTag)
  await Promise.all(inFlight)
  for (const { connection, channel } of consumers) {
    await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
    connection.off('close', leave)
    await connection.close()
  }
  await db.end()
  process.exit(0)
}

/** A lost broker connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
