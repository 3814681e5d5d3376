/**
 * Books an invoice and its ledger posting for each order, with sqs-consumer 15 and its defaults.
 *
 * Catalogue C-01: an inbox row in the transaction. The handler returns the message, which is how it is deleted from
 * version 14 on.
 */
import { SQSClient } from '@aws-sdk/client-sqs'
import pg from 'pg'
import { Consumer } from 'sqs-consumer'

const { SQS_ENDPOINT, QUEUE_URL, DATABASE_URL } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const consumer = Consumer.create({
  queueUrl: QUEUE_URL,
  sqs: new SQSClient({ endpoint: SQS_ENDPOINT }),
  messageAttributeNames: ['All'],
  handleMessage: handle,
})
consumer.on('error', (error) => console.error(error.message))
consumer.on('processing_error', (error) => console.error(error.message))
consumer.on('stopped', () => db.end().then(() => process.exit(0)))
process.once('SIGTERM', () => consumer.stop({ abort: true }))
consumer.start()
console.log(`waiting for messages in ${QUEUE_URL}`)

async function handle(message) {
  const order = JSON.parse(message.Body)
  await db.query('begin')
  const claim = await db.query('insert into inbox (message_id) values ($1) on conflict do nothing', [
    message.MessageAttributes['message-id'].StringValue,
  ])
  if (claim.rowCount === 1) await book(order)
  await db.query('commit')
  console.log(`booked order ${order.orderId}`)
  return message
}

async function book(order) {
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('insert into postings (order_id, account, amount) values ($1, $2, $3)', [
    order.orderId, 'receivables', order.amount,
  ])
}

/** A lost database connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
