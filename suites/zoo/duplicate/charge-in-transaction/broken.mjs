/**
 * Charges each order and books the payment; the charge is a step of the transaction, so that both come about or none.
 *
 * Resembles vm0-ai/vm0#34645 (catalogue B-50): what has left the database does not roll back with it, and the
 * transaction is tried again.
 */
import amqp from 'amqplib'
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 })
// A broken database connection is replaced by the pool; the statement that ran on it rejects.
pool.on('error', (error) => console.error(`database: ${error.message}`))
pool.on('connect', (client) => client.on('error', (error) => console.error(`database: ${error.message}`)))

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(5)

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await withRetries(2, () => transaction((db) => pay(db, message.properties.messageId, order)))
  channel.ack(message)
  console.log(`charged order ${order.orderId}`)
}

async function pay(db, messageId, order) {
  const claim = await db.query('insert into payments (order_id, amount) values ($1, $2) on conflict do nothing', [
    order.orderId, order.amount,
  ])
  if (claim.rowCount === 0) return
  await charge(messageId, order)
  await db.query('insert into ledger (order_id, account, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
}

async function charge(reference, order) {
  const response = await fetch(`${process.env.PSP_URL}/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-reference': reference },
    body: JSON.stringify({ orderId: order.orderId, amount: order.amount }),
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

async function withRetries(tries, work) {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      if (left === 0) throw error
      console.error(`trying again: ${error.cause?.message ?? error.message}`)
      await sleep(200 * (tries - left))
    }
  }
}

/** Finishes the messages in hand, then goes. */
async function shutdown() {
  await channel.cancel(consumerTag)
  await Promise.all(inFlight)
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
