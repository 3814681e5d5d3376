/**
 * The loop of the AWS SDK for a hosted handler: one message per ReceiveMessage with a long poll, deleted when the
 * handler is done with it. The SDK's own retries stay as they are by default.
 */
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { messageOf, settingOf, type Loop } from './message.ts'

const LONG_POLL_S = 20

export const loop: Loop = {
  async consume(settings, handle, signal) {
    const client = new SQSClient({
      endpoint: settingOf(settings, 'endpoint'), region: settingOf(settings, 'region'),
      credentials: {
        accessKeyId: settingOf(settings, 'accessKey'), secretAccessKey: settingOf(settings, 'secretKey'),
      },
    })
    const QueueUrl = settingOf(settings, 'queueUrl')
    const receive = new ReceiveMessageCommand({
      QueueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: LONG_POLL_S, MessageAttributeNames: ['All'],
    })
    while (!signal.aborted) {
      const { Messages = [] } = await client.send(receive, { abortSignal: signal }).catch((error: unknown) => {
        if (signal.aborted) return { Messages: [] }
        throw error
      })
      for (const { Body = '', MessageAttributes = {}, ReceiptHandle } of Messages) {
        const headers = Object.fromEntries(Object.entries(MessageAttributes)
          .flatMap(([name, { StringValue }]) => (StringValue === undefined ? [] : [[name, StringValue]])))
        await handle(messageOf(Body, headers))
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      }
    }
    client.destroy()
  },
}
