/**
 * Pays out each order once: a worker claims the message, pays, and sets the claim to done.
 *
 * Resembles the claim of idempot-dev/idempot-js#182 (catalogue B-17). The claim of a worker that died may be taken over
 * by any other.
 */
import amqp from 'amqplib'
import pg from 'pg'
import { hostname } from 'node:os'

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

const owner = `${hostname()}/${process.pid}`

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
  if (!(await isDone(messageId))) {
    await claim(pool, messageId)
    await transaction((db) => payOut(db, messageId, order))
  }
  channel.ack(message)
}

async function isDone(messageId) {
  const { rows } = await pool.query('select done_at from claims where id = $1', [messageId])
  return rows.some((row) => row.done_at !== null)
}

async function claim(db, messageId) {
  await db.query(
    'insert into claims (id, owner) values ($1, $2) on conflict (id) do update set owner = excluded.owner',
    [messageId, owner],
  )
}

async function payOut(db, messageId, order) {
  await db.query('insert into payouts (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
  await db.query('insert into ledger (order_id, account, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('update claims set done_at = now() where id = $1', [messageId])
  console.log(`paid out order ${order.orderId}`)
}

async function report() {
  const { rows } = await pool.query('select count(*) as open from claims where done_at is null')
  console.log(`${rows[0].open} claims are open`)
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
