/**
 * Books an invoice and its ledger posting for each order, then deletes the message.
 *
 * Resembles the workers of mailgun/kafka-pixy#62 and Devlaner/devlane#374 (catalogue B-03), on SQS.
 */
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import pg from 'pg'

const { SQS_ENDPOINT, QUEUE_URL, DATABASE_URL } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()

const sqs = new SQSClient({ endpoint: SQS_ENDPOINT })
const stopping = new AbortController()
process.once('SIGTERM', () => stopping.abort())
console.log(`waiting for messages in ${QUEUE_URL}`)
try {
  while (!stopping.signal.aborted) {
    for (const message of await receive()) await handle(message)
  }
  await db.end()
  process.exit(0)
} catch (error) {
  leave(error)
}

async function receive() {
  const request = { QueueUrl: QUEUE_URL, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] }
  try {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request), { abortSignal: stopping.signal })
    return Messages
  } catch (error) {
    if (stopping.signal.aborted) return []
    throw error
  }
}

async function handle(message) {
  const order = JSON.parse(message.Body)
  await db.query('begin')
  const claim = await db.query('insert into inbox (message_id) values ($1) on conflict do nothing', [
    message.MessageAttributes['message-id'].StringValue,
  ])
  if (claim.rowCount === 1) await book(order)
  await db.query('commit')
  await sqs.send(new DeleteMessageCommand({ QueueUrl: QUEUE_URL, ReceiptHandle: message.ReceiptHandle }))
  console.log(`booked order ${order.orderId}`)
}

async function book(order) {
  await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
    order.orderId, order.customer, order.amount,
  ])
  await db.query('insert into postings (order_id, account, amount) values ($1, $2, $3)', [
    order.orderId, 'receivables', order.amount,
  ])
}

/** What the SDK does not mend by trying again ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
