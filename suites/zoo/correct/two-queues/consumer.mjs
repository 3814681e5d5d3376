/**
 * Books orders and returns, each from a queue of its own, many at once, over one pool.
 *
 * Catalogue C-01 twice: what comes by one queue leaves an invoice and a movement, what comes by the other a credit. The
 * acknowledgement goes to the queue that the message came by.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { ORDERS_URL, RETURNS_URL, DATABASE_URL } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const inFlight = new Set()
const consumers = [
  await consume(ORDERS_URL, 'orders', bookOrder),
  await consume(RETURNS_URL, 'returns', bookReturn),
]
process.once('SIGTERM', () => shutdown().catch(leave))

async function consume(url, queue, book) {
  const connection = await amqp.connect(url)
  connection.on('error', leave)
  connection.on('close', leave)
  const channel = await connection.createChannel()
  channel.on('error', leave)
  await channel.assertQueue(queue, { durable: true })
  await channel.prefetch(10)
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (message === null) return leave(new Error('the broker cancelled the consumer'))
    const work = handle(channel, message, book).catch(leave).finally(() => inFlight.delete(work))
    inFlight.add(work)
  })
  console.log(`waiting for messages in ${queue}`)
  return { connection, channel, consumerTag }
}

async function handle(channel, message, book) {
  const { messageId } = message.properties
  const order = JSON.parse(message.content.toString())
  await transaction(async (client) => {
    const claim = await client.query(
      'insert into processed (message_id) values ($1) on conflict do nothing', [messageId],
    )
    if (claim.rowCount > 0) await book(client, order)
  })
  channel.ack(message)
  console.log(`booked ${order.orderId}`)
}

async function bookOrder(client, { orderId, amount, quantity }) {
  await client.query('insert into invoices (order_id, amount) values ($1, $2)', [orderId, amount])
  await client.query('insert into movements (order_id, quantity) values ($1, $2)', [orderId, -quantity])
}

async function bookReturn(client, { orderId, amount }) {
  await client.query('insert into credits (order_id, amount) values ($1, $2)', [orderId, amount])
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
  for (const { channel, consumerTag } of consumers) await channel.cancel(consumerTag)
  await Promise.all(inFlight)
  for (const { connection, channel } of consumers) {
    await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
    connection.off('close', leave)
    await connection.close()
  }
  await pool.end()
  process.exit(0)
}

/** A lost broker connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
