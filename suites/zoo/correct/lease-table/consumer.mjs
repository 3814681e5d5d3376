/**
 * Pays each order under a claim that runs out, and finishes what others have left.
 *
 * The right form of what stuck/claim-without-lease gets wrong (catalogue B-105): a claim holds for a second and has a
 * number; whoever has lost it finds the number changed and writes nothing. Whoever meets somebody else's claim
 * acknowledges: the order is stored with it, and its holder finishes it, or a sweeper once the claim has run out.
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
await channel.prefetch(5)

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
let leaving = false
let sweeping = Promise.resolve()
startSweep()
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const { rows: [claim] } = await pool.query(
    `insert into claims (message_id, payload) values ($1, $2) on conflict do nothing
      returning message_id, payload, attempt`,
    [message.properties.messageId, message.content.toString()],
  )
  if (claim !== undefined) await pay(claim)
  channel.ack(message)
}

/** Takes what nobody has finished in time. */
async function sweep() {
  const { rows } = await pool.query(
    `update claims set attempt = attempt + 1, lease_until = now() + interval '1 second'
      where message_id in (select message_id from claims where done_at is null and lease_until < now()
        limit 20 for update skip locked)
      returning message_id, payload, attempt`,
  )
  for (const claim of rows) await pay(claim)
  if (!leaving) setTimeout(startSweep, 250)
}

function startSweep() {
  sweeping = sweep().catch(leave)
}

async function pay(claim) {
  const order = JSON.parse(claim.payload)
  await transaction(async (db) => {
    const mine = await db.query(
      'update claims set done_at = now() where message_id = $1 and attempt = $2 and done_at is null',
      [claim.message_id, claim.attempt],
    )
    if (mine.rowCount === 0) return console.log(`order ${order.orderId} is somebody else's by now`)
    await db.query('insert into payments (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
    console.log(`paid order ${order.orderId}`)
  })
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
  await sweeping
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  await pool.end()
  process.exit(0)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
