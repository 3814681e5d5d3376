/**
 * A Lambda-style batch handler on SQS: what an event source mapping does, as far as a handler can see it. Up to ten
 * messages make one event; those that the handler does not name in `batchItemFailures` are deleted, the others are
 * given back. A handler that throws ends the process: nothing is deleted, and the next one gets the batch again.
 *
 * Shapes: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and services-sqs-errorhandling.html (partial batch
 * responses). A mapping lets what failed reappear when its visibility runs out; here it is visible at once.
 */
import {
  ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient, type Message,
} from '@aws-sdk/client-sqs'
import { settingOf } from './message.ts'

const LONG_POLL_S = 20
const BATCH_MAX = 10

/** One message of an event. */
export interface LambdaRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
  readonly messageAttributes: Readonly<Record<string, { readonly stringValue?: string; readonly dataType: string }>>
  readonly eventSource: 'aws:sqs'
  readonly awsRegion: string
}

/** `handler(event, context)`; without an answer the whole batch was done. */
export type LambdaHandler = (
  event: { readonly Records: readonly LambdaRecord[] }, context: { readonly functionName: string },
) => Promise<LambdaAnswer> | LambdaAnswer

export type LambdaAnswer = { readonly batchItemFailures?: readonly { readonly itemIdentifier: string }[] } | undefined

/** Takes batches until the signal; rejects where the handler does. */
export async function serve(
  settings: Readonly<Record<string, string>>, handler: LambdaHandler, signal: AbortSignal,
): Promise<void> {
  const region = settingOf(settings, 'region')
  const client = new SQSClient({
    endpoint: settingOf(settings, 'endpoint'), region,
    credentials: { accessKeyId: settingOf(settings, 'accessKey'), secretAccessKey: settingOf(settings, 'secretKey') },
  })
  const QueueUrl = settingOf(settings, 'queueUrl')
  const receive = new ReceiveMessageCommand({
    QueueUrl, MaxNumberOfMessages: BATCH_MAX, WaitTimeSeconds: LONG_POLL_S, MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  })
  while (!signal.aborted) {
    const { Messages = [] } = await client.send(receive, { abortSignal: signal }).catch((error: unknown) => {
      if (signal.aborted) return { Messages: [] }
      throw error
    })
    if (Messages.length === 0) continue
    const Records = Messages.map((message) => recordOf(message, region))
    const failed = failedIn(Records, await handler({ Records }, { functionName: 'handler' }))
    await remove(client, QueueUrl, Records.filter((record) => !failed.has(record.messageId)))
    const back = Records.filter((record) => failed.has(record.messageId))
      .map((record, i) => ({ ...entryOf(record, i), VisibilityTimeout: 0 }))
    if (back.length > 0) await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: back }))
  }
  client.destroy()
}

/** A batch succeeds in parts: what could not be deleted is tried once more. */
async function remove(
  client: SQSClient, QueueUrl: string, records: readonly LambdaRecord[], isLast = false,
): Promise<void> {
  if (records.length === 0) return
  const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: records.map(entryOf) }))
  const failed = new Set(Failed.map(({ Id }) => Id))
  if (!isLast) await remove(client, QueueUrl, records.filter((_, i) => failed.has(String(i))), true)
}

function entryOf({ receiptHandle }: LambdaRecord, i: number): { readonly Id: string; readonly ReceiptHandle: string } {
  return { Id: String(i), ReceiptHandle: receiptHandle }
}

/** Ids of what failed. An answer that names a message which is not there fails the whole batch, as the service says. */
export function failedIn(records: readonly LambdaRecord[], answer: LambdaAnswer): ReadonlySet<string> {
  const named = (answer?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier)
  const known = new Set(records.map(({ messageId }) => messageId))
  return named.every((id) => known.has(id)) ? new Set(named) : known
}

function recordOf(message: Message, awsRegion: string): LambdaRecord {
  const { MessageId = '', ReceiptHandle = '', Body = '', Attributes = {}, MessageAttributes = {} } = message
  return {
    messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, eventSource: 'aws:sqs', awsRegion,
    attributes: Object.fromEntries(Object.entries(Attributes)),
    messageAttributes: Object.fromEntries(Object.entries(MessageAttributes)
      .map(([name, { StringValue, DataType = 'String' }]) =>
        [name, { dataType: DataType, ...StringValue === undefined ? {} : { stringValue: StringValue } }])),
  }
}
