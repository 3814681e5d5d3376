/**
 * Places an order and reserves its stock in one transaction; the transaction of a deadlock's victim is tried again.
 *
 * Resembles retry wrappers around a client's query() (catalogue B-55). PostgreSQL's documentation asks for the whole
 * transaction to be retried (chapter "Serialization Failure Handling"). An order that is there already is skipped.
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

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
const reporting = setInterval(() => report().catch(leave), 1_000)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await retried(() => transaction((db) => place(db, order)))
  channel.ack(message)
  console.log(`placed order ${order.orderId}`)
}

async function place(db, order) {
  const placed = await db.query('insert into orders (order_id, customer) values ($1, $2) on conflict do nothing', [
    order.orderId, order.customer,
  ])
  if (placed.rowCount === 0) return
  await db.query('insert into reservations (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
}

/** The one that was chosen as a deadlock's victim has the way free now. */
async function retried(work) {
  try {
    return await work()
  } catch (error) {
    if (!isConflict(error)) throw error
    return await retried(work)
  }
}

function isConflict(error) {
  return error.code === '40P01' || error.code === '40001'
}

/** For the dashboard: what is reserved. */
async function report() {
  const { rows } = await pool.query('select sum(amount) as amount from reservations')
  console.log(`${rows[0].amount ?? 0} reserved`)
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
