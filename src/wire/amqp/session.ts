/**
 * Decodes one AMQP 0-9-1 connection, both directions, into units of one frame each.
 *
 * Requests wait for nothing but the rest of a publish: its operation is named by its first frame and carries its last,
 * so its frames come out together, and what other channels send between them comes out in its place behind it.
 * Channel state changes when a frame is read, not when the tap lets it go: a tap that drops a frame breaks the
 * connection with it.
 */
import { WireError } from '../../lib/errors.ts'
import type { Fact, OperationEnd, OperationStart, Unit, WireSession } from '../../model/wire.ts'
import { ByteQueue } from '../byte-queue.ts'
import { Channel, type Closing } from './channel.ts'
import { OpenContent, type Content } from './content.ts'
import { bitField, numberField, textField, type Table } from './field-reader.ts'
import {
  BODY_FRAME, decodeMethod, HEADER_FRAME, HEARTBEAT_FRAME, METHOD_FRAME, PROTOCOL_HEADER, takeFrames,
  type Frame, type Method,
} from './frames.ts'
import { METHODS, methodId } from './methods.ts'
import { describe, headersOf, isSecret, publishValues } from './operation.ts'

/** A frame's place in the order of requests; its unit is known once the publish that it is part of is whole. */
interface Slot {
  readonly bytes: Buffer
  unit: Unit | undefined
}

interface Publishing {
  readonly op: number
  readonly method: Method
  readonly slots: Slot[]
}

export class AmqpSession implements WireSession {
  readonly #toServer = new ByteQueue()
  readonly #toClient = new ByteQueue()
  readonly #channels = new Map<number, Channel>()
  readonly #openings = new Map<number, number>()
  readonly #publishing = new Map<number, Publishing>()
  #slots: Slot[] = []
  #greeted = false
  #answered = false
  #operations = 0

  request(bytes: Buffer): Unit[] {
    this.#toServer.push(bytes)
    if (!this.#greeted && !this.#takeGreeting()) return []
    for (const frame of takeFrames(this.#toServer)) this.#handleRequest(frame)
    return this.#takeReady()
  }

  reply(bytes: Buffer): Unit[] {
    this.#toClient.push(bytes)
    const units: Unit[] = []
    if (!this.#answered) {
      // A server that speaks another version answers with its own protocol header and closes (section 4.2.2).
      if (this.#toClient.length < PROTOCOL_HEADER.length) return []
      this.#answered = true
      if (this.#toClient.peekUInt8(0) === PROTOCOL_HEADER[0]) {
        units.push(unknown(this.#toClient.take(PROTOCOL_HEADER.length), 'the server speaks another version', false))
      }
    }
    for (const frame of takeFrames(this.#toClient)) units.push(this.#handleReply(frame))
    return units
  }

  close(): Unit[] {
    const bytes = Buffer.concat([
      ...this.#slots.map((slot) => slot.bytes), this.#toServer.take(this.#toServer.length),
    ])
    this.#slots = []
    // The server never gets them, and half a frame or half a message means nothing to it.
    return bytes.length === 0 ? [] : [unknown(bytes, 'the connection ended inside a frame or a publish', false)]
  }

  #takeGreeting(): boolean {
    const length = Math.min(this.#toServer.length, PROTOCOL_HEADER.length)
    const greeting = this.#toServer.peek(length)
    if (!greeting.equals(PROTOCOL_HEADER.subarray(0, length))) {
      throw new WireError('amqp', 'the client does not begin with the protocol header of 0-9-1', greeting)
    }
    if (length < PROTOCOL_HEADER.length) return false
    const bytes = this.#toServer.take(length)
    this.#slots.push({ bytes, unit: { bytes } })
    this.#greeted = true
    return true
  }

  #takeReady(): Unit[] {
    const waits = this.#slots.findIndex((slot) => slot.unit === undefined)
    const ready = waits === -1 ? this.#slots : this.#slots.slice(0, waits)
    this.#slots = waits === -1 ? [] : this.#slots.slice(waits)
    return ready.flatMap((slot) => (slot.unit === undefined ? [] : [slot.unit]))
  }

  #channel(number: number): Channel {
    const known = this.#channels.get(number)
    if (known !== undefined) return known
    const opening = (this.#openings.get(number) ?? 0) + 1
    this.#openings.set(number, opening)
    const channel = new Channel(number, opening)
    this.#channels.set(number, channel)
    return channel
  }

  #handleRequest(frame: Frame): void {
    const slot: Slot = { bytes: frame.bytes, unit: undefined }
    this.#slots.push(slot)
    if (frame.type === METHOD_FRAME) this.#clientMethod(frame, slot)
    else if (frame.type === HEADER_FRAME || frame.type === BODY_FRAME) this.#clientContent(frame, slot)
    else slot.unit = otherFrame(frame)
  }

  #clientMethod(frame: Frame, slot: Slot): void {
    const channel = this.#channel(frame.channel)
    expectNoContent(channel.sending, frame)
    const method = decodeMethod(frame.payload)
    channel.sending = undefined
    if (method === undefined || method.spec.sender === 'S') {
      channel.sending = 'unknown'
      slot.unit = unknownMethod(frame, method)
      return
    }
    this.#operations += 1
    const op = this.#operations
    if (method.spec.name === 'basic.publish') {
      channel.sending = new OpenContent(method)
      this.#publishing.set(frame.channel, { op, method, slots: [slot] })
      return
    }
    slot.unit = this.#request(frame, op, method)
  }

  #request(frame: Frame, op: number, method: Method): Unit {
    const { name } = method.spec
    const channel = this.#channel(frame.channel)
    const isDeaf = channel.isDeafTo(name)
    const described = describe(method, channel.laneOf(method))
    const transaction = channel.roleOf(name)
    const facts = channel.sent(op, method, described.oneWay)
    if (name === 'channel.close-ok' && !channel.isAwaitingClose) this.#channels.delete(frame.channel)
    const oneWay = described.oneWay || isDeaf
    const starts: OperationStart = { op, ...described, oneWay, ...(transaction === undefined ? {} : { transaction }) }
    return {
      bytes: frame.bytes, op, starts,
      ...(isSecret(name) ? { secret: true } : {}), ...(facts.length > 0 ? { facts } : {}),
      ...(oneWay ? { ends: [sentEnd(op, isDeaf ? channel.closedWith : undefined)] } : {}),
    }
  }

  #clientContent(frame: Frame, slot: Slot): void {
    const channel = this.#channel(frame.channel)
    const publishing = this.#publishing.get(frame.channel)
    if (channel.sending === 'unknown') {
      slot.unit = unknown(frame.bytes, 'content of an unknown method', true)
      return
    }
    if (channel.sending === undefined || publishing === undefined) throw strayContent(frame)
    publishing.slots.push(slot)
    const content = channel.sending.take(frame)
    if (content === undefined) return
    channel.sending = undefined
    this.#publishing.delete(frame.channel)
    this.#published(channel, publishing, content)
  }

  #published(channel: Channel, { op, method, slots }: Publishing, { properties, body }: Content): void {
    const isDeaf = channel.isDeafTo(method.spec.name)
    const oneWay = isDeaf || !channel.isConfirming
    const transaction = channel.roleOf(method.spec.name)
    const confirm = oneWay ? {} : { confirm: channel.confirms.add(op) }
    const starts: OperationStart = {
      op, ...describe(method, undefined), oneWay, ...confirm,
      values: publishValues(method.args, properties, body),
      ...(transaction === undefined ? {} : { transaction }),
    }
    const ends = oneWay ? { ends: [sentEnd(op, isDeaf ? channel.closedWith : undefined)] } : {}
    slots.forEach((slot, index) => {
      const isLast = index === slots.length - 1
      slot.unit = { bytes: slot.bytes, op, ...(index === 0 ? { starts } : {}), ...(isLast ? ends : {}) }
    })
  }

  #handleReply(frame: Frame): Unit {
    if (frame.type === METHOD_FRAME) return this.#serverMethod(frame)
    if (frame.type === HEADER_FRAME || frame.type === BODY_FRAME) return this.#serverContent(frame)
    return otherFrame(frame)
  }

  #serverMethod(frame: Frame): Unit {
    const channel = this.#channel(frame.channel)
    expectNoContent(channel.receiving, frame)
    const method = decodeMethod(frame.payload)
    channel.receiving = undefined
    if (method === undefined || method.spec.sender === 'C') {
      channel.receiving = 'unknown'
      return unknownMethod(frame, method)
    }
    const { name } = method.spec
    switch (name) {
      case 'basic.deliver':
      case 'basic.return':
        channel.receiving = new OpenContent(method)
        return { bytes: frame.bytes }
      case 'basic.ack':
      case 'basic.nack':
        return this.#confirmed(frame, channel, method)
      case 'basic.cancel':
        channel.cancelled(textField(method.args, 'consumerTag'))
        return { bytes: frame.bytes }
      case 'channel.close':
      case 'connection.close':
        return this.#closedByServer(frame, method)
      case 'connection.start':
      case 'connection.blocked':
      case 'connection.unblocked':
      case 'channel.flow':
        return { bytes: frame.bytes }
      default:
        return this.#answer(frame, channel, method)
    }
  }

  #answer(frame: Frame, channel: Channel, method: Method): Unit {
    const { name } = method.spec
    const answered = channel.answered(method)
    if (answered === undefined) return unknown(frame.bytes, `${name} answers nothing that was asked`, false)
    const { by: { op }, facts } = answered
    if (name === 'basic.get-ok') {
      channel.receiving = new OpenContent(method)
      channel.getting = answered.by
      return { bytes: frame.bytes, op, facts }
    }
    if (name === 'channel.close-ok') this.#channels.delete(frame.channel)
    return {
      bytes: frame.bytes, op, ends: [{ op, outcome: 'ok', detail: name }], ...(facts.length > 0 ? { facts } : {}),
    }
  }

  #confirmed(frame: Frame, channel: Channel, { spec: { name }, args }: Method): Unit {
    const ops = channel.confirms.take(numberField(args, 'deliveryTag'), bitField(args, 'multiple'))
    const last = ops.at(-1)
    if (last === undefined) return unknown(frame.bytes, `${name} confirms nothing that was published`, false)
    const outcome = name === 'basic.ack' ? 'ok' : 'failed'
    return { bytes: frame.bytes, op: last, ends: ops.map((op) => ({ op, outcome, detail: name })) }
  }

  #closedByServer(frame: Frame, { spec: { name }, args }: Method): Unit {
    const closing = closingOf(name, args)
    const channels = closing.channelOnly ? [this.#channel(frame.channel)] : [...this.#channels.values()]
    const ends = channels.flatMap((channel) => channel.closedByServer(closing))
    const op = ends.at(-1)?.op
    return { bytes: frame.bytes, ...(op === undefined ? {} : { op, ends }) }
  }

  #serverContent(frame: Frame): Unit {
    const channel = this.#channel(frame.channel)
    const open = channel.receiving
    if (open === 'unknown') return unknown(frame.bytes, 'content of an unknown method', true)
    if (open === undefined) throw strayContent(frame)
    const getting = channel.getting
    const op = getting === undefined ? {} : { op: getting.op }
    const content = open.take(frame)
    if (content === undefined) return { bytes: frame.bytes, ...op }
    channel.receiving = undefined
    channel.getting = undefined
    const { spec: { name }, args } = open.method
    if (name === 'basic.return') return { bytes: frame.bytes }
    const consumer = getting === undefined ? channel.consumerOf(args) : channel.getterOf(getting)
    const facts = channel.delivered(args, consumer, content, headersOf(content.properties))
    const ends: OperationEnd[] = getting === undefined ? [] : [{ op: getting.op, outcome: 'ok', detail: name }]
    return { bytes: frame.bytes, ...op, facts, ...(ends.length > 0 ? { ends } : {}) }
  }
}

function closingOf(name: string, args: Table): Closing {
  const cause = METHODS.get(methodId(numberField(args, 'classId'), numberField(args, 'methodId')))
  return {
    channelOnly: name === 'channel.close',
    detail: `${numberField(args, 'replyCode')} ${textField(args, 'replyText')}`,
    causedBy: cause?.name,
  }
}

/** A one-way operation is over when it is sent; one that the server will not look at has failed. */
function sentEnd(op: number, closedWith: string | undefined): OperationEnd {
  if (closedWith !== undefined) return { op, outcome: 'failed', detail: closedWith }
  return { op, outcome: 'ok', detail: 'sent' }
}

function otherFrame(frame: Frame): Unit {
  if (frame.type !== HEARTBEAT_FRAME) return unknown(frame.bytes, `a frame of type ${frame.type}`, true)
  return { bytes: frame.bytes, overtakes: true }
}

function unknownMethod(frame: Frame, method: Method | undefined): Unit {
  const id = `${frame.payload.readUInt16BE(0)}.${frame.payload.readUInt16BE(2)}`
  const what = method === undefined ? `method ${id}` : `${method.spec.name} from the wrong side`
  return unknown(frame.bytes, what, true)
}

function unknown(bytes: Buffer, detail: string, mayChangeState: boolean): Unit {
  const facts: Fact[] = [{ type: 'unknown', detail, mayChangeState }]
  return { bytes, facts }
}

function expectNoContent(open: Channel['sending'], frame: Frame): void {
  if (open instanceof OpenContent) throw new WireError('amqp', 'a method inside the content of another', frame.bytes)
}

function strayContent(frame: Frame): WireError {
  return new WireError('amqp', 'content that no method announced', frame.bytes)
}
