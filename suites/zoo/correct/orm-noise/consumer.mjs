/**
 * Books an order's lines through what an ORM and a tracer make of it, beside a poller and keepalives.
 *
 * Each statement carries the trace of its message in a comment, before it or behind it as sqlcommenter does. Statements
 * are prepared under names that differ from process to process, the prices of a varying number of articles are looked
 * up by one IN list, the savepoint is called after the process. Underneath it is the inbox of catalogue C-01.
 */
import { randomBytes, randomInt } from 'node:crypto'
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
await channel.prefetch(5)

const prefix = `orm_${process.pid}`
const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
let leaving = false
let polling = Promise.resolve()
startPoll()
const keepAlive = setInterval(() => pool.query('/* ping */ select 1').catch(leave), 1_000)
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await transaction((run) => book(run, message.properties.messageId, order))
  channel.ack(message)
  console.log(`booked order ${order.orderId}`)
}

async function book(run, messageId, order) {
  const claim = await run('claim', 'INSERT INTO "inbox" ("message_id") VALUES ($1) ON CONFLICT DO NOTHING', [messageId])
  if (claim.rowCount === 0) return
  const articles = [order.article, ...accessories()]
  const places = articles.map((_, index) => `$${index + 1}`).join(', ')
  const prices = await run(
    `prices_${articles.length}`, `SELECT "a"."price" FROM "articles" AS "a" WHERE "a"."name" IN (${places})`, articles,
  )
  const savepoint = `"s${process.pid}_x${randomInt(1, 100)}"`
  await run(undefined, `SAVEPOINT ${savepoint}`)
  await run('line', 'INSERT INTO "lines" ("order_id", "article", "price") VALUES ($1, $2, $3) RETURNING "line_no"', [
    order.orderId, order.article, prices.rows[0]?.price ?? 0,
  ])
  await run(undefined, `RELEASE SAVEPOINT ${savepoint}`)
}

/** What goes with an article is another number of things each time. */
function accessories() {
  return Array.from({ length: randomInt(0, 6) }, (_, index) => `accessory-${index}`)
}

function startPoll() {
  polling = poll().catch(leave)
}

/** A different number of flags each time. */
async function poll() {
  const flags = Array.from({ length: randomInt(1, 6) }, (_, index) => `'flag-${index}'`)
  await pool.query(`SELECT "name", "value" FROM "flags" WHERE "name" IN (${flags.join(', ')}) ${comment()}`)
  if (!leaving) setTimeout(startPoll, 200)
}

function comment() {
  const trace = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
  return `/*controller='orders',traceparent='${trace}'*/`
}

/** Ends with the commit or throws; a client that failed is closed, which rolls back whatever it had begun. */
async function transaction(body) {
  const client = await pool.connect()
  const trace = randomBytes(8).toString('hex')
  try {
    await client.query('START TRANSACTION')
    await body((name, text, values) => client.query(name === undefined
      ? `/* trace=${trace} */ ${text}`
      : { name: `${prefix}_${name}`, text: `${text} /*framework='orm',pid='${process.pid}'*/`, values }))
    await client.query(`/* trace=${trace} */ COMMIT`)
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
  clearInterval(keepAlive)
  await polling
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
