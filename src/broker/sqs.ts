/**
 * SQS as a source: each cell's share is queues of names that no other cell has.
 *
 * The harness talks to the server directly, as the producer, as whoever makes a message visible again that its timeout
 * would, and as the reader of queues that the subject writes to. It never receives from the source's own queue, does
 * not start the server, and never touches queues that are not the cell's, but for taking from those that a suite names.
 */
import { createHash } from 'node:crypto'
import { UsageError } from '../lib/errors.ts'
import type { Address, Broker, RunningServer, SourceShare, Taken, Warped } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import type { Lease, Outcome, WireProtocol } from '../model/wire.ts'
import { queuePath } from '../wire/sqs/queue-label.ts'
import { sqsWireOf } from '../wire/sqs/wire.ts'
import { BATCH_MAX, REGION, SqsClient } from './sqs-client.ts'
import { SentMessages } from './sqs-ledger.ts'
import { parseSqsSettings, queueInCell, type SqsSettings } from './sqs-settings.ts'
import { testSqs } from './sqs-selftest.ts'

/** The attribute by which the harness's own messages tell their id, to a subject that asks for it. */
const ID_ATTRIBUTE = 'message-id'
/** The service's own limits: attributes of a message, characters of a group and of a deduplication id. */
const ATTRIBUTES_MAX = 10
const PLAIN_ID = /^[\w!"#$%&'()*+,./:;<=>?@[\\\]^`{|}~-]{1,128}$/

export const sqs: Broker = {
  kind: 'sqs',
  conformance: testSqs,

  async cell(server, cell, name, settings) {
    const parsed = parseSqsSettings(name, settings)
    const share = new SqsShare(await SqsClient.open(server), { server, name, cell, settings: parsed })
    try {
      await share.start()
    } catch (error) {
      await share[Symbol.asyncDispose]()
      throw error
    }
    return share
  },
}

interface ShareParts {
  readonly server: RunningServer
  readonly name: string
  readonly cell: string
  readonly settings: SqsSettings
}

class SqsShare implements SourceShare {
  readonly name: string
  readonly upstream: Address
  readonly wire: WireProtocol
  readonly deliveryLimit: number | undefined
  readonly #client: SqsClient
  readonly #server: RunningServer
  readonly #cell: string
  readonly #settings: SqsSettings
  readonly #sent = new SentMessages()
  /** URLs as the server names them, by the suite's names. */
  readonly #urls = new Map<string, string>()
  /** The group that a taken message was in. */
  readonly #groups = new WeakMap<Taken, string>()
  #copies = 0

  constructor(client: SqsClient, { server, name, cell, settings }: ShareParts) {
    this.name = name
    this.upstream = server.address
    this.wire = sqsWireOf(this.#sent)
    this.deliveryLimit = settings.deadLetters?.maxReceiveCount
    this.#client = client
    this.#server = server
    this.#cell = cell
    this.#settings = settings
  }

  async start(): Promise<void> {
    const { queue, queues, deadLetters } = this.#settings
    for (const name of queues.filter((one) => one !== queue)) await this.#create(name, {})
    if (deadLetters === undefined) {
      await this.#create(queue, {})
      return
    }
    const { QueueArn = '' } = await this.#client.attributes(this.#urlOf(deadLetters.queue))
    const policy = { deadLetterTargetArn: QueueArn, maxReceiveCount: deadLetters.maxReceiveCount }
    await this.#create(queue, { RedrivePolicy: JSON.stringify(policy) })
  }

  async #create(name: string, more: Readonly<Record<string, string>>): Promise<void> {
    const { fifo, visibilitySeconds, contentBasedDedup } = this.#settings
    const attributes = {
      VisibilityTimeout: `${visibilitySeconds}`, ...more,
      ...(fifo ? { FifoQueue: 'true', ContentBasedDeduplication: `${contentBasedDedup}` } : {}),
    }
    this.#urls.set(name, await this.#client.create(queueInCell(this.#cell, name, fifo), attributes))
  }

  readonly template = (tap: Address): Readonly<Record<string, string>> => {
    const { user, password } = this.#server
    const { queue, fifo } = this.#settings
    const address = `${tap.host}:${tap.port}`
    const urls = [...this.#urls].map(([name, url]) => [name, `http://${address}${queuePath(url)}`] as const)
    return {
      address, host: tap.host, port: String(tap.port), endpoint: `http://${address}`,
      queue: queueInCell(this.#cell, queue, fifo), queueUrl: new Map(urls).get(queue) ?? '',
      region: REGION, accessKey: user, secretKey: password,
      ...Object.fromEntries(urls.filter(([name]) => name !== queue).map(([name, url]) => [`queueUrl.${name}`, url])),
    }
  }

  /** Messages of one key are one group, which the queue keeps in order; those without a key need none. */
  async send(message: Message): Promise<Outcome> {
    // A copy is another message for the queue: with the first one's id it would be taken for a retry, and not arrive.
    const count = this.#sent.begin(message)
    const { outcome, messageId } = await this.#client.send({
      QueueUrl: this.#urlOf(this.#settings.queue), MessageBody: message.body,
      MessageAttributes: attributesOf({ [ID_ATTRIBUTE]: message.id, ...message.headers }),
      ...this.#fifoIds(message.key ?? message.id, count === 1 ? message.id : `${message.id}-${count}`),
    })
    if (messageId !== undefined) this.#sent.took(message, messageId)
    if (outcome === 'failed') this.#sent.refused(message)
    return outcome
  }

  #fifoIds(group: string, id: string): { readonly MessageGroupId?: string; readonly MessageDeduplicationId?: string } {
    return this.#settings.fifo ? { MessageGroupId: plainId(group), MessageDeduplicationId: plainId(id) } : {}
  }

  /**
   * A claim is over when its message is visible. All of one queue go in one request, in order, so that messages of one
   * group come back in theirs. An old handle is left alone: there are servers that let it take the message from
   * whoever holds it now.
   */
  async warp(leases: readonly Lease[]): Promise<readonly Warped[]> {
    const warped = new Map<Lease, Warped>()
    const byPath = new Map<string, Lease[]>()
    for (const lease of leases) {
      const { queueUrl = '', handle = '', messageId = '' } = lease.values
      if (this.#sent.isOutdated(messageId, handle)) {
        warped.set(lease, { lease: lease.name, done: true, detail: 'over: the message was received again' })
        continue
      }
      const path = queuePath(queueUrl)
      byPath.set(path, [...byPath.get(path) ?? [], lease])
    }
    for (const [path, ofQueue] of byPath) {
      for (let at = 0; at < ofQueue.length; at += BATCH_MAX) {
        const batch = ofQueue.slice(at, at + BATCH_MAX)
        const why = await this.#client.release(this.#ownUrl(path), batch.map((lease) => lease.values['handle'] ?? ''))
        for (const lease of batch) warped.set(lease, warpedOf(lease, why.get(lease.values['handle'] ?? '')))
      }
    }
    return leases.flatMap((lease) => warped.get(lease) ?? [])
  }

  async backlog(): Promise<{ readonly ready: number; readonly unsettled: number }> {
    const attributes = await this.#client.attributes(this.#urlOf(this.#settings.queue))
    const numberOf = (name: string): number => Number(attributes[name] ?? 0)
    return {
      ready: numberOf('ApproximateNumberOfMessages') + numberOf('ApproximateNumberOfMessagesDelayed'),
      unsettled: numberOf('ApproximateNumberOfMessagesNotVisible'),
    }
  }

  async drain(queue: string): Promise<readonly Taken[]> {
    const url = await this.#find(queue)
    const taken: Taken[] = []
    for (;;) {
      const messages = url === undefined ? [] : await this.#client.take(url, this.#waitSeconds)
      if (messages.length === 0) return taken
      for (const { Body = '', MessageAttributes = {}, Attributes = {}, MessageId = '' } of messages) {
        const headers = Object.fromEntries(Object.entries(MessageAttributes)
          .flatMap(([name, { StringValue }]) => (StringValue === undefined ? [] : [[name, StringValue]])))
        const messageId = this.#sent.idOf({ messageId: MessageId, body: Body }) ?? MessageId
        const one = { body: Body, headers, messageId }
        if (Attributes.MessageGroupId !== undefined) this.#groups.set(one, Attributes.MessageGroupId)
        taken.push(one)
      }
    }
  }

  /** Emulators look at the whole queue; the service looks at a part of it unless it may wait. */
  get #waitSeconds(): number {
    return /^(?:localstack|elasticmq)/.test(this.#server.version) ? 0 : 1
  }

  async plantCopy(queue: string, taken: Taken): Promise<Outcome> {
    const url = await this.#find(queue)
    if (url === undefined) return 'failed'
    this.#copies += 1
    const { outcome } = await this.#client.send({
      QueueUrl: url, MessageBody: taken.body, MessageAttributes: attributesOf(taken.headers),
      ...(url.endsWith('.fifo')
        ? {
            MessageGroupId: this.#groups.get(taken) ?? 'onceproof',
            MessageDeduplicationId: plainId(`onceproof-copy-${this.#copies}-${taken.messageId ?? ''}`),
          }
        : {}),
    })
    return outcome
  }

  /** By the suite's name, with or without the suffix, or by a name of the subject's own. */
  async #find(queue: string): Promise<string | undefined> {
    const known = this.#urls.get(queue) ?? this.#urls.get(queue.replace(/\.fifo$/, ''))
    return known === undefined ? await this.#client.find(queue) : known
  }

  #urlOf(name: string): string {
    return this.#ownUrl(queuePath(this.#urls.get(name) ?? ''))
  }

  /** Whatever host a URL names, the harness goes to the server. */
  #ownUrl(path: string): string {
    return `http://${this.upstream.host}:${this.upstream.port}${path}`
  }

  /** Neither the service nor an emulator counts connections. */
  connectionsSeen(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  connectionsOwn(): number {
    return 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await Promise.all([...this.#urls.values()].map((url) => this.#client.delete(url)))
    } finally {
      this.#urls.clear()
      this.#client[Symbol.dispose]()
    }
  }
}

/** What is not in flight has no claim on it any more: it is visible, deleted, or went to the dead letters. */
function warpedOf({ name }: Lease, why: string | undefined): Warped {
  if (why === undefined) return { lease: name, done: true, detail: 'ChangeMessageVisibility to 0' }
  const isOver = /ReceiptHandleIsInvalid|MessageNotInflight|InvalidParameterValue|NotAvailable/i.test(why)
  return { lease: name, done: isOver, detail: isOver ? `over already: ${why}` : `ChangeMessageVisibility: ${why}` }
}

/** An empty one can't be sent. */
function attributesOf(
  headers: Readonly<Record<string, string>>,
): Record<string, { readonly DataType: 'String'; readonly StringValue: string }> {
  const given = Object.entries(headers).filter(([, value]) => value !== '')
  if (given.length > ATTRIBUTES_MAX) {
    throw new UsageError(`SQS takes ${ATTRIBUTES_MAX} attributes with a message, and this one has ${given.length}.`)
  }
  return Object.fromEntries(given.map(([name, value]) => [name, { DataType: 'String', StringValue: value }]))
}

function plainId(id: string): string {
  return PLAIN_ID.test(id) ? id : createHash('sha256').update(id).digest('hex')
}
