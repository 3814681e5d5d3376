/**
 * Pays out each order at the day's rate, once: an advisory lock keeps other workers off it from the look to the note.
 *
 * Resembles alphagov/govuk-puppet#7920 and goauthentik/authentik#23876 (catalogue B-49). The database is reached
 * through a PgBouncer beside the process. The connection to the broker is restored when it breaks.
 */
import amqp from 'amqplib'
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'

const { RABBITMQ_URL, POOL_URL, QUEUE = 'orders' } = process.env

const pool = new pg.Pool({ connectionString: POOL_URL, max: 5 })
pool.on('error', (error) => console.error(`database: ${error.message}`))
pool.on('connect', (client) => client.on('error', (error) => console.error(`database: ${error.message}`)))
await poolerIsUp()
setInterval(() => report().catch((error) => console.error(error.message)), 1_000)

for (;;) {
  await session().catch((error) => console.error(error.message))
  await sleep(200)
}

/** One connection to the broker, from its beginning to its end. */
async function session() {
  const connection = await amqp.connect(RABBITMQ_URL)
  connection.on('error', (error) => console.error(error.message))
  const closed = new Promise((resolve) => connection.once('close', resolve))
  const channel = await connection.createChannel()
  channel.on('error', (error) => console.error(error.message))
  await channel.assertQueue(QUEUE, { durable: true })
  await channel.prefetch(10)
  await channel.consume(QUEUE, (message) => {
    if (message !== null) handle(channel, message).catch((error) => console.error(error.message))
  })
  console.log(`waiting for messages in ${QUEUE}`)
  await closed
}

async function handle(channel, message) {
  const order = JSON.parse(message.content.toString())
  try {
    await locked(order.orderId, (db) => payOnce(db, order))
    channel.ack(message)
    console.log(`paid out order ${order.orderId}`)
  } catch (error) {
    console.error(`order ${order.orderId} is put back: ${error.message}`)
    await sleep(200)
    channel.nack(message)
  }
}

/** Does the work in a transaction while no other one has the lock of this name. */
async function locked(name, work) {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock(hashtext($1))', [name])
    await work(client)
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(error)
    throw error
  }
}

async function payOnce(db, order) {
  const paid = await db.query('select 1 from payouts where order_id = $1', [order.orderId])
  if (paid.rowCount > 0) return
  const rate = await rateOfToday()
  await db.query('insert into payouts (order_id, amount) values ($1, $2)', [order.orderId, order.amount * rate])
}

/** A day without a rate of its own has 1. */
async function rateOfToday() {
  const response = await fetch(`${process.env.RATES_URL}/rates/EUR`)
  const answer = await response.json()
  if (response.status === 404) return 1
  if (!response.ok) throw new Error(`the service of rates answered ${response.status}`)
  return answer.rate
}

/** For the dashboard: what was paid out. */
async function report() {
  const { rows } = await pool.query('select count(*), sum(amount) as amount from payouts')
  console.log(`${rows[0].count} payouts of ${rows[0].amount ?? 0}`)
}

/** It starts beside us, and may take a moment longer. */
async function poolerIsUp() {
  while (!await pool.query('select 1').then(() => true, () => false)) await sleep(50)
}
