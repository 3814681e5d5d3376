/**
 * Reserves, looks up and charges each order, all three at once.
 *
 * Each of the three may be done again: the insert meets its key, the read changes nothing, and the payment provider
 * knows the message's id (catalogue C-02 and C-05). So their order does not matter, and a crash may leave any of them.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, PSP_URL, QUEUE = 'orders' } = process.env

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
  const [, { rows }] = await Promise.all([
    pool.query('insert into reservations (order_id, customer) values ($1, $2) on conflict do nothing', [
      order.orderId, order.customer,
    ]),
    pool.query('select email from customers where customer = $1', [order.customer]),
    charge(message.properties.messageId, order),
  ])
  channel.ack(message)
  console.log(`order ${order.orderId} of ${rows[0]?.email ?? 'a guest'} is reserved and paid`)
}

async function charge(key, order) {
  const response = await fetch(`${PSP_URL}/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ orderId: order.orderId, amount: order.amount }),
  })
  if (!response.ok) throw new Error(`the payment provider answered ${response.status}`)
  await response.text()
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
