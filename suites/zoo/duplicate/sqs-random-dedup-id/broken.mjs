/**
 * Relays each order as an event to another FIFO queue, then deletes it.
 *
 * Resembles the senders of affaan-m/ECC#271 and suredone/qdone#39 (catalogue B-31): every attempt to send has a
 * deduplication id of its own.
 */
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs'
import { randomUUID } from 'node:crypto'

const { SQS_ENDPOINT, QUEUE_URL, OUT_QUEUE_URL } = process.env

const sqs = new SQSClient({ endpoint: SQS_ENDPOINT })
const stopping = new AbortController()
process.once('SIGTERM', () => stopping.abort())
console.log(`waiting for messages in ${QUEUE_URL}`)
try {
  while (!stopping.signal.aborted) {
    for (const message of await receive()) await handle(message)
  }
  process.exit(0)
} catch (error) {
  leave(error)
}

async function receive() {
  const request = {
    QueueUrl: QUEUE_URL, WaitTimeSeconds: 20,
    MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['MessageGroupId'],
  }
  try {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request), { abortSignal: stopping.signal })
    return Messages
  } catch (error) {
    if (stopping.signal.aborted) return []
    throw error
  }
}

async function handle(message) {
  await sqs.send(new SendMessageCommand(eventOf(message)))
  await sqs.send(new DeleteMessageCommand({ QueueUrl: QUEUE_URL, ReceiptHandle: message.ReceiptHandle }))
  console.log(`relayed message ${message.MessageId}`)
}

function eventOf({ Body, MessageAttributes, Attributes }) {
  const order = JSON.parse(Body)
  return {
    QueueUrl: OUT_QUEUE_URL,
    MessageBody: JSON.stringify({ type: 'order-accepted', orderId: order.orderId, amount: order.amount }),
    MessageGroupId: Attributes.MessageGroupId,
    MessageDeduplicationId: randomUUID(),
    MessageAttributes: { 'message-id': MessageAttributes['message-id'] },
  }
}

/** What the SDK does not mend by trying again ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
