/**
 * Records one payment for each paid order.
 *
 * Resembles the consumer of PostHog/posthog#43945 (catalogue B-01): deleted on receipt, so that nobody else works on it
 * meanwhile. The row's key is the message's id, so that a message that comes twice is recorded once.
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
  await sqs.send(new DeleteMessageCommand({ QueueUrl: QUEUE_URL, ReceiptHandle: message.ReceiptHandle }))
  const order = JSON.parse(message.Body)
  await db.query(
    'insert into payments (message_id, order_id, amount) values ($1, $2, $3) on conflict (message_id) do nothing',
    [message.MessageAttributes['message-id'].StringValue, order.orderId, order.amount],
  )
  console.log(`recorded payment of order ${order.orderId}`)
}

/** What the SDK does not mend by trying again ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
