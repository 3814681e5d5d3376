/**
 * The harness's own SQS client: a few requests, one attempt each, a connection of its own for every one of them, so
 * that none fails over a connection that the server has closed meanwhile.
 *
 * The SDK is loaded with the first cell that has such a source. It goes straight to the server, never through a tap.
 */
import { Agent } from 'node:http'
import type * as SqsSdk from '@aws-sdk/client-sqs'
import type {
  BatchResultErrorEntry, Message as SqsMessage, SendMessageCommandInput, SQSClient,
} from '@aws-sdk/client-sqs'
import { EnvironmentError } from '../lib/errors.ts'
import type { RunningServer } from '../model/edges.ts'
import type { Outcome } from '../model/wire.ts'

export const REGION = 'us-east-1'
const LIMIT_MS = 15_000
/** As many as a batch takes, and a poll gives. */
export const BATCH_MAX = 10

type Sdk = typeof SqsSdk

export interface Sent {
  readonly outcome: Outcome
  /** The server's id of it. */
  readonly messageId: string | undefined
}

export class SqsClient implements Disposable {
  readonly #sdk: Sdk
  readonly #client: SQSClient
  readonly #address: string

  private constructor(sdk: Sdk, server: RunningServer) {
    const { address, user, password } = server
    this.#sdk = sdk
    this.#address = `${address.host}:${address.port}`
    this.#client = new sdk.SQSClient({
      endpoint: `http://${this.#address}`, region: REGION, maxAttempts: 1,
      credentials: { accessKeyId: user, secretAccessKey: password },
      requestHandler: { httpAgent: new Agent({ keepAlive: false }) },
    })
  }

  static async open(server: RunningServer): Promise<SqsClient> {
    return new SqsClient(await import('@aws-sdk/client-sqs'), server)
  }

  /** The new queue's URL, as the server names it. */
  async create(name: string, attributes: Readonly<Record<string, string>>): Promise<string> {
    if (await this.find(name) !== undefined) {
      throw new EnvironmentError(`SQS already has a queue "${name}": delete it, it may be left of another run.`)
    }
    const command = new this.#sdk.CreateQueueCommand({ QueueName: name, Attributes: attributes })
    const { QueueUrl } = await this.#asked(`the queue "${name}"`, () => this.#client.send(command, limit()))
    return QueueUrl ?? ''
  }

  async find(name: string): Promise<string | undefined> {
    try {
      return (await this.#client.send(new this.#sdk.GetQueueUrlCommand({ QueueName: name }), limit())).QueueUrl
    } catch (error) {
      if (this.#isService(error) && /NonExistentQueue|QueueDoesNotExist/.test(error.name)) return undefined
      throw this.#gone(`the queue "${name}"`, error)
    }
  }

  /** A queue that is gone, or whose server is, needs no deleting. */
  async delete(queueUrl: string): Promise<void> {
    try {
      await this.#client.send(new this.#sdk.DeleteQueueCommand({ QueueUrl: queueUrl }), limit())
    } catch (error) {
      if (this.#isService(error) && !/NonExistentQueue|QueueDoesNotExist/.test(error.name)) throw error
    }
  }

  async attributes(queueUrl: string): Promise<Readonly<Record<string, string>>> {
    const command = new this.#sdk.GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] })
    const { Attributes } = await this.#asked('attributes of a queue', () => this.#client.send(command, limit()))
    return Attributes ?? {}
  }

  async send(message: SendMessageCommandInput): Promise<Sent> {
    try {
      const { MessageId } = await this.#client.send(new this.#sdk.SendMessageCommand(message), limit())
      return { outcome: 'ok', messageId: MessageId }
    } catch (error) {
      return { outcome: this.#outcomeOf(error), messageId: undefined }
    }
  }

  /** What a poll gives, deleted behind it. */
  async take(queueUrl: string, waitSeconds: number): Promise<readonly SqsMessage[]> {
    const { Messages = [] } = await this.#asked('what lies in a queue', () => this.#client.send(
      new this.#sdk.ReceiveMessageCommand({
        QueueUrl: queueUrl, MaxNumberOfMessages: BATCH_MAX, WaitTimeSeconds: waitSeconds,
        MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'],
      }), limit()))
    if (Messages.length === 0) return []
    const entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }))
    const command = new this.#sdk.DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries })
    const { Failed = [] } = await this.#asked('what was taken', () => this.#client.send(command, limit()))
    if (Failed[0] !== undefined) {
      throw new EnvironmentError(`SQS at ${this.#address} did not delete what was taken: ${reasonOf(Failed[0])}.`)
    }
    return Messages
  }

  /** Makes them visible at once; why not, by handle, where it did not. */
  async release(queueUrl: string, handles: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const entries = handles.map((ReceiptHandle, i) => ({ Id: `${i}`, ReceiptHandle, VisibilityTimeout: 0 }))
    const command = new this.#sdk.ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries: entries })
    const { Failed = [] } = await this.#asked('messages in flight', () => this.#client.send(command, limit()))
    return new Map(Failed.map((entry) => [handles[Number(entry.Id)] ?? '', reasonOf(entry)]))
  }

  async #asked<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      throw this.#gone(what, error)
    }
  }

  #gone(what: string, error: unknown): EnvironmentError {
    return new EnvironmentError(`SQS at ${this.#address} did not do what was asked of ${what}: ${messageOf(error)}.`, {
      cause: error,
    })
  }

  /** What the service refused, or what found nobody to hear it, was not done; of anything else nobody knows. */
  #outcomeOf(error: unknown): Outcome {
    if (this.#isService(error)) return (error.$metadata.httpStatusCode ?? 500) < 500 ? 'failed' : 'indeterminate'
    return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED' ? 'failed' : 'indeterminate'
  }

  #isService(error: unknown): error is InstanceType<Sdk['SQSServiceException']> {
    return error instanceof this.#sdk.SQSServiceException
  }

  [Symbol.dispose](): void {
    this.#client.destroy()
  }
}

function limit(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(LIMIT_MS) }
}

function reasonOf({ Code, Message }: BatchResultErrorEntry): string {
  return [Code, Message].filter((part) => part !== undefined).join(': ')
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error)
}
