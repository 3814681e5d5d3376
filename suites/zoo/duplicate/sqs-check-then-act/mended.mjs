/**
 * Pays out each order once: a payout that was made before is found in the table of processed messages.
 *
 * Resembles the guards of stellarBank/StellarBank#39 and dimileeh/agent-workspace-fabric#149 (catalogue B-11), on SQS.
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
  const messageId = message.MessageAttributes['message-id'].StringValue
  await db.query('begin')
  await db.query('select pg_advisory_xact_lock(hashtext($1))', [messageId])
  const seen = await db.query('select 1 from processed where message_id = $1', [messageId])
  if (seen.rowCount === 0) {
    await db.query('insert into payouts (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
    await db.query('insert into processed (message_id) values ($1)', [messageId])
    console.log(`paid out order ${order.orderId}`)
  }
  await db.query('commit')
  await sqs.send(new DeleteMessageCommand({ QueueUrl: QUEUE_URL, ReceiptHandle: message.ReceiptHandle }))
}

/** What the SDK does not mend by trying again ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
