/**
 * Books an invoice for each order, up to ten messages at once.
 *
 * Resembles the batches of bbc/sqs-consumer#189 (catalogue B-07 and B-08): what failed is logged, and the batch is
 * deleted. An inbox row in the transaction knows a message again.
 */
import {
  ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs'
import pg from 'pg'

const { SQS_ENDPOINT, QUEUE_URL, DATABASE_URL } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
// A broken database connection is replaced by the pool; the statement that ran on it rejects.
pool.on('error', (error) => console.error(`database: ${error.message}`))
pool.on('connect', (client) => client.on('error', (error) => console.error(`database: ${error.message}`)))

const sqs = new SQSClient({ endpoint: SQS_ENDPOINT })
const stopping = new AbortController()
process.once('SIGTERM', () => stopping.abort())
console.log(`waiting for messages in ${QUEUE_URL}`)
try {
  while (!stopping.signal.aborted) await handleBatch(await receive())
  await pool.end()
  process.exit(0)
} catch (error) {
  leave(error)
}

async function receive() {
  const request = {
    QueueUrl: QUEUE_URL, WaitTimeSeconds: 20, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'],
  }
  try {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request), { abortSignal: stopping.signal })
    return Messages
  } catch (error) {
    if (stopping.signal.aborted) return []
    throw error
  }
}

async function handleBatch(messages) {
  const results = await Promise.allSettled(messages.map(handle))
  for (const { reason } of results.filter(({ status }) => status === 'rejected')) console.error(reason.message)
  await giveBack(messages.filter((_, i) => results[i].status === 'rejected'))
  await remove(messages.filter((_, i) => results[i].status === 'fulfilled'))
}

/** They come again at once, and not only when their time is over. */
async function giveBack(messages) {
  if (messages.length === 0) return
  const Entries = messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle, VisibilityTimeout: 0 }))
  await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: QUEUE_URL, Entries }))
}

/** A batch succeeds in parts: what could not be deleted is tried once more. */
async function remove(messages, isLast = false) {
  if (messages.length === 0) return
  const Entries = messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }))
  const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: QUEUE_URL, Entries }))
  if (!isLast) await remove(Failed.map(({ Id }) => messages[Number(Id)]), true)
}

async function handle(message) {
  const order = JSON.parse(message.Body)
  await transaction((db) => book(db, message.MessageAttributes['message-id'].StringValue, order))
  console.log(`booked order ${order.orderId}`)
}

async function book(db, messageId, order) {
  const claim = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
}

/** Ends with the commit or throws; a client that failed is closed, which rolls back whatever it had begun. */
async function transaction(body) {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await body(client)
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(error)
    throw error
  }
}

/** What the SDK does not mend by trying again ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
