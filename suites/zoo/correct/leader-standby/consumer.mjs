/**
 * Books each order in the one process that leads; any other one waits.
 *
 * Whoever holds the advisory lock consumes. The work goes over the connection that holds the lock, so that a leader
 * which has lost it can write nothing more. A message that the next leader gets again meets its inbox row.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'orders' } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
db.on('end', leave)
await db.connect()
let leaving = false
process.once('SIGTERM', () => process.exit(0))
await untilLeader()

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(1)

let inFlight = Promise.resolve()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  inFlight = handle(message).catch(leave)
})
process.removeAllListeners('SIGTERM')
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`leads, and waits for messages in ${QUEUE}`)

/** A session's lock goes with its session: there is nobody to ask whether a leader that has crashed is really gone. */
async function untilLeader() {
  for (;;) {
    const { rows: [row] } = await db.query('select pg_try_advisory_lock(4711) as mine')
    if (row.mine) return
    console.log('somebody else leads')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await db.query('begin')
  const claim = await db.query('insert into inbox (message_id) values ($1) on conflict do nothing', [
    message.properties.messageId,
  ])
  if (claim.rowCount === 1) {
    await db.query('insert into bookings (order_id, customer) values ($1, $2)', [order.orderId, order.customer])
  }
  await db.query('commit')
  channel.ack(message)
  console.log(`booked order ${order.orderId}`)
}

/** Finishes the message in hand, then goes. */
async function shutdown() {
  await channel.cancel(consumerTag)
  await inFlight
  leaving = true
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  await connection.close()
  await db.end()
  process.exit(0)
}

/** A lost connection ends the process, and with it its lead. */
function leave(error) {
  if (leaving) return
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
