/**
 * Confirms each order by a version that it has read: no transaction, no inbox.
 *
 * Catalogue C-04: the update has an effect only while the version is the one that was read. Whoever comes second, or
 * again, changes no row, reads once more, and sees that it is done.
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
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const order = JSON.parse(message.content.toString())
  await pool.query('insert into orders (order_id, amount) values ($1, $2) on conflict do nothing', [
    order.orderId, order.amount,
  ])
  while (!await confirm(order));
  channel.ack(message)
  console.log(`confirmed order ${order.orderId}`)
}

/** Whether the order is confirmed, by us or by somebody else; false: somebody was faster, look again. */
async function confirm(order) {
  const { rows: [row] } = await pool.query('select status, version from orders where order_id = $1', [order.orderId])
  if (row.status === 'confirmed') return true
  const { rowCount } = await pool.query(
    `update orders set status = 'confirmed', points = points + $3, version = version + 1
      where order_id = $1 and version = $2`,
    [order.orderId, row.version, order.amount],
  )
  return rowCount === 1
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

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
