/**
 * Pays out each order once: whoever has the message's lock does the work, and notes in it that it is done.
 *
 * Resembles the lease of johanhaleby/occurrent#661 (catalogue B-75, with a lock of its own). A lock lives for two
 * seconds, so that a worker that died does not keep it; while somebody else has it, the message goes back to the queue.
 */
import amqp from 'amqplib'
import pg from 'pg'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(10)

const lockTtlMs = 2_000
const retryAfterMs = 500

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
  const owner = await lock(messageId)
  if (owner === undefined && !(await isDone(messageId))) {
    console.log(`order ${order.orderId} is in the hands of another worker`)
    await sleep(retryAfterMs)
    channel.nack(message, false, true)
    return
  }
  if (owner !== undefined) await transaction(async (db) => {
    const mine = await db.query('update locks set done_at = now() where message_id = $1 and owner = $2', [
      messageId, owner,
    ])
    if (mine.rowCount === 0) return
    await db.query('insert into payouts (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
    await db.query('insert into ledger (order_id, amount) values ($1, $2)', [order.orderId, -order.amount])
  })
  channel.ack(message)
}

/** A name for the lock's new owner, or undefined where somebody else has it or the work is done. */
async function lock(messageId) {
  const owner = randomUUID()
  await pool.query('insert into locks (message_id) values ($1) on conflict do nothing', [messageId])
  const taken = await pool.query(
    'update locks set owner = $2, until = $3 where message_id = $1 and until < now() and done_at is null',
    [messageId, owner, new Date(Date.now() + lockTtlMs)],
  )
  return taken.rowCount === 1 ? owner : undefined
}

async function isDone(messageId) {
  const { rows } = await pool.query('select done_at from locks where message_id = $1', [messageId])
  return rows.some((row) => row.done_at !== null)
}

async function report() {
  const { rows } = await pool.query('select count(*) as open from locks where done_at is null')
  console.log(`${rows[0].open} orders are at work`)
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
