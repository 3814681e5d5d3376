/**
 * A throw-away queue of a rule's own, with the few requests that rules are asked by. A refusal is an answer here and no
 * error: it is returned by its name. What the service does not answer at all is thrown.
 */
import { randomUUID } from 'node:crypto'
import {
  ChangeMessageVisibilityCommand, CreateQueueCommand, DeleteMessageCommand, DeleteQueueCommand,
  GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient, SQSServiceException,
  type QueueAttributeName,
} from '@aws-sdk/client-sqs'
import type { RunningServer } from '../model/edges.ts'

const REGION = 'us-east-1'
/** For a message that is due at once; a service under load may take a moment to find it. */
const DUE_S = 2

export interface Received {
  readonly body: string
  readonly handle: string
  /** How often it was received, this time included. */
  readonly count: string
}

export interface Ask {
  /** At most so many; 1 by default. */
  readonly max?: number
  /** Seconds out of sight; 30 by default. */
  readonly visibility?: number
  /** Answers at once, with nothing if need be, in place of waiting for what is due. */
  readonly atOnce?: boolean
  /** Seconds that it waits for a message. */
  readonly waitSeconds?: number
  readonly attempt?: string
}

export class ProbeQueue {
  readonly #client: SQSClient
  readonly #url: string

  constructor(client: SQSClient, url: string) {
    this.#client = client
    this.#url = url
  }

  /** Sends to a group; the body is the deduplication id where none is given. Returns the message's id. */
  async send(group: string, body: string, dedup = body): Promise<string> {
    const { MessageId } = await this.#client.send(new SendMessageCommand({
      QueueUrl: this.#url, MessageBody: body, MessageGroupId: group, MessageDeduplicationId: dedup,
    }))
    return MessageId ?? ''
  }

  async receive({ max = 1, visibility = 30, atOnce = false, waitSeconds = DUE_S, attempt }: Ask = {}):
  Promise<readonly Received[]> {
    const { Messages = [] } = await this.#client.send(new ReceiveMessageCommand({
      QueueUrl: this.#url, MaxNumberOfMessages: max, VisibilityTimeout: visibility,
      WaitTimeSeconds: atOnce ? 0 : waitSeconds, MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      ...attempt === undefined ? {} : { ReceiveRequestAttemptId: attempt },
    }))
    return Messages.map(({ Body = '', ReceiptHandle = '', Attributes = {} }) => ({
      body: Body, handle: ReceiptHandle, count: Attributes['ApproximateReceiveCount'] ?? '',
    }))
  }

  /** The bodies alone, in their order: `a b`; `nothing`. */
  async bodies(ask: Ask = {}): Promise<string> {
    const received = await this.receive(ask)
    return received.length === 0 ? 'nothing' : received.map(({ body }) => body).join(' ')
  }

  /** The handle of the message that is received now. */
  async take(ask: Ask = {}): Promise<string> {
    return (await this.receive(ask)).at(0)?.handle ?? ''
  }

  remove(handle: string): Promise<string> {
    return named(this.#client.send(new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle: handle })))
  }

  hide(handle: string, seconds: number): Promise<string> {
    return named(this.#client.send(new ChangeMessageVisibilityCommand({
      QueueUrl: this.#url, ReceiptHandle: handle, VisibilityTimeout: seconds,
    })))
  }

  async address(): Promise<string> {
    const { Attributes = {} } = await this.#client.send(new GetQueueAttributesCommand({
      QueueUrl: this.#url, AttributeNames: ['QueueArn'],
    }))
    return Attributes['QueueArn'] ?? ''
  }
}

/** `done`, or the name of the refusal. */
async function named(request: Promise<unknown>): Promise<string> {
  try {
    await request
    return 'done'
  } catch (error) {
    if (error instanceof SQSServiceException && error.$fault === 'client') return error.name
    throw error
  }
}

/** Makes queues, and takes them back at its end. */
export class ProbeQueues {
  readonly #client: SQSClient
  readonly #urls: string[] = []

  constructor({ address, user, password }: Pick<RunningServer, 'address' | 'user' | 'password'>) {
    this.#client = new SQSClient({
      endpoint: `http://${address.host}:${address.port}`, region: REGION, maxAttempts: 1,
      credentials: { accessKeyId: user, secretAccessKey: password },
    })
  }

  async make(attributes: Readonly<Partial<Record<QueueAttributeName, string>>> = {}): Promise<ProbeQueue> {
    const { QueueUrl = '' } = await this.#client.send(new CreateQueueCommand({
      QueueName: `onceproof-probe-${randomUUID()}.fifo`, Attributes: { FifoQueue: 'true', ...attributes },
    }))
    this.#urls.push(QueueUrl)
    return new ProbeQueue(this.#client, QueueUrl)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await Promise.all(this.#urls.map((url) => named(this.#client.send(new DeleteQueueCommand({ QueueUrl: url })))))
    } finally {
      this.#client.destroy()
    }
  }
}
