/**
 * Issues an invoice for each order by selecting from a function of the database.
 *
 * The statement is a SELECT and writes: the function claims the message's id and inserts the invoice in one go, or
 * returns the number of the invoice that is already there. Once only, by the inbox of catalogue C-01.
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
  const { rows: [discount] } = await pool.query('select percent from discounts where customer = $1', [order.customer])
  const { rows: [invoice] } = await pool.query('select invoice_no from issue_invoice($1, $2, $3, $4)', [
    message.properties.messageId, order.orderId, order.customer, order.amount * (100 - (discount?.percent ?? 0)) / 100,
  ])
  channel.ack(message)
  console.log(`order ${order.orderId} has invoice ${invoice.invoice_no}`)
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
