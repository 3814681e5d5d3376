/**
 * What both sides of one AMQP channel know: who waits for a reply, who consumes, what is unsettled or unconfirmed.
 *
 * Channel 0 is the connection itself. A channel number may be opened again: then this is a new one, and its
 * deliveries are named `1.2:7` so that a connection never gives one name twice.
 */
import type { Fact, OperationEnd, OperationStart, Outcome, Settlement } from '../../model/wire.ts'
import { Confirms } from './confirms.ts'
import type { OpenContent } from './content.ts'
import { Deliveries, type Settled } from './deliveries.ts'
import { bitField, numberField, textField, type Table } from './field-reader.ts'
import type { Method } from './frames.ts'
import { repliesTo } from './operation.ts'

/** A client's method that the server has not answered yet. */
export interface Waiting {
  readonly op: number
  readonly method: Method
  /** Settlements that the method decides on: of tx.commit and tx.rollback. */
  readonly staged: readonly Settled[]
}

/** A server's channel.close or connection.close. */
export interface Closing {
  readonly channelOnly: boolean
  /** Code and text. */
  readonly detail: string
  /** Name of the method that the server gives as the cause. */
  readonly causedBy: string | undefined
}

interface Consumer {
  readonly queue: string
  readonly noAck: boolean
}

export class Channel {
  readonly deliveries: Deliveries
  readonly confirms = new Confirms()
  /** Content that is on its way, per direction; `unknown` after a method that we don't know. */
  sending: OpenContent | 'unknown' | undefined
  receiving: OpenContent | 'unknown' | undefined
  /** Operation of the basic.get whose content is being received. */
  getting: Waiting | undefined
  /** What the server closed it with: nothing but close and close-ok is listened to from then on. */
  closedWith: string | undefined
  #confirming = false
  #transactional = false
  #waiting: Waiting[] = []
  readonly #consumers = new Map<string, Consumer>()
  /** The queue that an empty queue name means (queue.declare, `queue`). */
  #lastQueue = ''

  constructor(number: number, opening: number) {
    this.deliveries = new Deliveries(opening === 1 ? `${number}` : `${number}.${opening}`)
  }

  get isConfirming(): boolean {
    return this.#confirming
  }

  /** Both sides may close at once; the client's own close is still answered then. */
  get isAwaitingClose(): boolean {
    return this.#waiting.some(isClose)
  }

  /** Once the server has closed a channel it discards everything but the close's own two methods. */
  isDeafTo(name: string): boolean {
    return this.closedWith !== undefined && !name.startsWith('channel.close') && !name.startsWith('connection.close')
  }

  roleOf(name: string): OperationStart['transaction'] {
    if (name === 'tx.select') return 'begin'
    if (name === 'tx.commit') return 'commit'
    if (name === 'tx.rollback') return 'rollback'
    const takesPart = ['basic.publish', 'basic.ack', 'basic.nack', 'basic.reject'].includes(name)
    return this.#transactional && takesPart ? 'inside' : undefined
  }

  /** The queue that a client's method means, where its arguments don't say. */
  laneOf({ spec: { name }, args }: Method): string | undefined {
    if (name === 'basic.cancel') return this.#consumers.get(textField(args, 'consumerTag'))?.queue
    const takesLast = ['basic.consume', 'basic.get', 'queue.bind', 'queue.unbind', 'queue.purge', 'queue.delete']
    return takesLast.includes(name) && args['queue'] === '' ? this.#lastQueue : undefined
  }

  /** A client's method passes, as operation `op`. */
  sent(op: number, method: Method, oneWay: boolean): Fact[] {
    const { spec: { name }, args } = method
    if (this.isDeafTo(name)) return []
    if (name === 'confirm.select') this.#confirming = true
    if (name === 'tx.select') this.#transactional = true
    if (!oneWay && name !== 'basic.publish') {
      const decides = name === 'tx.commit' || name === 'tx.rollback'
      this.#waiting.push({ op, method, staged: decides ? this.deliveries.takeStaged() : [] })
    }
    if (name === 'queue.declare') this.#lastQueue = textField(args, 'queue')
    if (name === 'basic.consume' && oneWay) return [this.#consume(textField(args, 'consumerTag'), args)]
    if (name === 'basic.cancel' && oneWay) this.#consumers.delete(textField(args, 'consumerTag'))
    if (name === 'basic.recover-async') return this.deliveries.factsOf(this.deliveries.settle(0, true, 'requeue'))
    return this.#settle(name, args)
  }

  /** The oldest operation that a server's method answers, and what follows from it. */
  answered(method: Method): { readonly by: Waiting; readonly facts: readonly Fact[] } | undefined {
    const at = this.#waiting.findIndex((each) => repliesTo(each.method.spec.name).includes(method.spec.name))
    const by = this.#waiting[at]
    if (by === undefined) return undefined
    this.#waiting.splice(at, 1)
    return { by, facts: this.#follows(by, method.args) }
  }

  /** basic.deliver or the content of basic.get. */
  delivered(args: Table, consumer: Consumer, content: { readonly properties: Table; readonly body: string },
    headers: Readonly<Record<string, string>>): Fact[] {
    const tag = numberField(args, 'deliveryTag')
    const messageId = content.properties['messageId']
    const delivery = this.deliveries.nameOf(tag)
    if (!consumer.noAck) this.deliveries.add(tag)
    const fact: Fact = {
      type: 'delivered', delivery, messageId: typeof messageId === 'string' ? messageId : undefined, headers,
      body: content.body, redelivered: bitField(args, 'redelivered'), lane: consumer.queue,
    }
    return consumer.noAck ? [fact, { type: 'settled', delivery, how: 'auto' }] : [fact]
  }

  /** The subscription of a basic.deliver. One that we never saw keeps its tag as its lane. */
  consumerOf(args: Table): Consumer {
    const tag = textField(args, 'consumerTag')
    return this.#consumers.get(tag) ?? { queue: tag, noAck: false }
  }

  /** What a basic.get takes from. */
  getterOf({ method: { args } }: Waiting): Consumer {
    return { queue: this.#queueNamed(args), noAck: bitField(args, 'noAck') }
  }

  cancelled(consumerTag: string): void {
    this.#consumers.delete(consumerTag)
  }

  /** The server closed it, or its connection: how every operation that was under way ended. */
  closedByServer(closing: Closing): OperationEnd[] {
    const { detail } = closing
    const ended = this.#waiting.filter((each) => !isClose(each))
    this.#waiting = this.#waiting.filter(isClose)
    this.closedWith = detail
    this.receiving = undefined
    const published = this.confirms.take(0, true)
    const isRefused = published.length === 1 && closing.causedBy === 'basic.publish' && closing.channelOnly
    return [
      ...ended.map((each) => ({ op: each.op, outcome: outcomeOf(each, closing), detail })),
      ...published.map((op) => ({ op, outcome: isRefused ? 'failed' as const : 'indeterminate' as const, detail })),
    ]
  }

  #settle(name: string, args: Table): Fact[] {
    const how = settlementBy(name, args)
    if (how === undefined) return []
    const settled = this.deliveries.settle(numberField(args, 'deliveryTag'), bitField(args, 'multiple'), how)
    if (!this.#transactional) return this.deliveries.factsOf(settled)
    this.deliveries.stage(settled)
    return []
  }

  #follows({ method, staged }: Waiting, reply: Table): Fact[] {
    switch (method.spec.name) {
      case 'connection.open': return [{ type: 'session', session: '' }]
      case 'queue.declare': this.#lastQueue = textField(reply, 'queue'); return []
      case 'basic.consume': return [this.#consume(textField(reply, 'consumerTag'), method.args)]
      // Whoever asks for messages takes them, one at a time.
      case 'basic.get': return [{ type: 'consuming', lane: this.#queueNamed(method.args) }]
      case 'basic.cancel': this.#consumers.delete(textField(method.args, 'consumerTag')); return []
      case 'basic.recover': return this.deliveries.factsOf(this.deliveries.settle(0, true, 'requeue'))
      case 'tx.commit': return this.deliveries.factsOf(staged)
      case 'tx.rollback': this.deliveries.restore(staged); return []
      default: return []
    }
  }

  #consume(consumerTag: string, args: Table): Fact {
    const queue = this.#queueNamed(args)
    this.#consumers.set(consumerTag, { queue, noAck: bitField(args, 'noAck') })
    return { type: 'consuming', lane: queue }
  }

  #queueNamed(args: Table): string {
    const queue = textField(args, 'queue')
    return queue === '' ? this.#lastQueue : queue
  }
}

function isClose({ method }: Waiting): boolean {
  return method.spec.name.endsWith('.close')
}

/**
 * A channel is one process of the broker's and works in order: what has no reply when it closes was not done, unless
 * it was the commit itself that broke. When the connection closes, its channels may still have been at work.
 */
function outcomeOf({ method: { spec: { name } } }: Waiting, closing: Closing): Outcome {
  if (name.startsWith('connection.')) return 'failed'
  const isCause = closing.causedBy === name
  if (closing.channelOnly) return isCause && name === 'tx.commit' ? 'indeterminate' : 'failed'
  return isCause ? 'failed' : 'indeterminate'
}

function settlementBy(name: string, args: Table): Settlement | undefined {
  if (name === 'basic.ack') return 'ack'
  if (name !== 'basic.nack' && name !== 'basic.reject') return undefined
  return bitField(args, 'requeue') ? 'requeue' : 'discard'
}
