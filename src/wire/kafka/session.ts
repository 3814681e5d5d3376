/**
 * Decodes one connection to a Kafka broker: every frame is a unit, a request and its answer are an operation.
 *
 * Answers come in the order of their requests (the broker handles one request of a connection at a time) and are told
 * apart by correlation ids. Requests of an api or version that the table does not have pass as unknown, and so do their
 * answers. Of versions that are read too, what the body means stands in the files that `operation.ts` names.
 */
import { WireError } from '../../lib/errors.ts'
import type { Fact, OperationStart, Unit, WireSession } from '../../model/wire.ts'
import { ByteQueue } from '../byte-queue.ts'
import { errorsIn, nameOfError, outcomeOf } from './error-names.ts'
import {
  decodeCorrelation, decodeRequest, decodeRequestHead, decodeResponse, SIZE_BYTES, type RequestFrame,
} from './frames.ts'
import type { LinkMemory } from './link-memory.ts'
import type { Meaning } from './meaning.ts'
import { explain, isHousekeeping, isRead, isSecret } from './operation.ts'
import { apiOf } from './table.ts'

/** `socket.request.max.bytes` of a broker is 100 MiB unless it is told otherwise; answers may be longer. */
const REQUEST_BYTES_MAX = 100 * 1024 * 1024
const HEAD_BYTES = 8
const TLS_HANDSHAKE = 0x16

/** A request whose answer has not come. */
interface Asked {
  readonly correlation: number
  /** Undefined if the request was not decoded: neither is its answer. */
  readonly known: { readonly op: number; readonly request: RequestFrame; readonly meaning: Meaning } | undefined
}

export class KafkaSession implements WireSession {
  readonly #memory: LinkMemory
  readonly #fromClient = new ByteQueue()
  readonly #fromServer = new ByteQueue()
  #asked: Asked[] = []
  #operations = 0
  /** The client authenticates in frames without a header (SaslHandshake v0): nothing is decoded from there on. */
  #isOpaque = false

  constructor(memory: LinkMemory) {
    this.#memory = memory
  }

  request(bytes: Buffer): Unit[] {
    this.#fromClient.push(bytes)
    const units: Unit[] = []
    for (let frame = this.#nextRequest(); frame !== undefined; frame = this.#nextRequest()) {
      units.push(this.#asks(frame))
    }
    return units
  }

  reply(bytes: Buffer): Unit[] {
    this.#fromServer.push(bytes)
    const units: Unit[] = []
    for (let frame = takeFrame(this.#fromServer); frame !== undefined; frame = takeFrame(this.#fromServer)) {
      units.push(this.#answers(frame))
    }
    return units
  }

  close(): Unit[] {
    const units: Unit[] = []
    const rest = this.#fromClient.take(this.#fromClient.length)
    if (rest.length > 0) units.push(unknown(rest, 'the connection ended inside a request', false))
    return units
  }

  #nextRequest(): Buffer | undefined {
    const queue = this.#fromClient
    if (queue.length >= SIZE_BYTES && !this.#isOpaque) {
      const size = queue.peekInt32(0)
      const head = queue.peek(SIZE_BYTES)
      const isPossible = size >= HEAD_BYTES && size <= REQUEST_BYTES_MAX
      if (head[0] === TLS_HANDSHAKE) throw new WireError('kafka', 'the client speaks TLS', head)
      if (!isPossible) throw new WireError('kafka', `a request of ${size} bytes`, head)
    }
    return takeFrame(queue)
  }

  #asks(frame: Buffer): Unit {
    if (this.#isOpaque) return { ...unknown(frame, 'behind SaslHandshake v0', true), secret: true }
    const request = decodeRequest(frame)
    if (request === undefined) return this.#asksUnknown(frame)
    const { api, correlation } = request
    if (api.name === 'SaslHandshake' && request.version === 0) this.#isOpaque = true
    this.#operations += 1
    const op = this.#operations
    const meaning = explain(request, this.#memory)
    const starts = startOf(op, request, meaning)
    const facts = meaning.facts ?? []
    if (!starts.oneWay) this.#asked.push({ correlation, known: { op, request, meaning } })
    return {
      bytes: frame, op, starts, ...(facts.length > 0 ? { facts } : {}), ...(isSecret(api) ? { secret: true } : {}),
      ...(starts.oneWay ? { ends: [{ op, outcome: 'ok', detail: 'sent' }] } : {}),
    }
  }

  #asksUnknown(frame: Buffer): Unit {
    const { key, version, correlation } = decodeRequestHead(frame)
    this.#asked.push({ correlation, known: undefined })
    const api = apiOf(key)
    const isHarmless = api !== undefined && isRead(api) && api.name !== 'Fetch'
    return unknown(frame, `${api?.name ?? `request ${key}`} v${version}`, !isHarmless)
  }

  #answers(frame: Buffer): Unit {
    const correlation = decodeCorrelation(frame)
    const at = this.#asked.findIndex((each) => each.correlation === correlation)
    const asked = this.#asked[at]
    if (this.#isOpaque && asked === undefined) return { bytes: frame, secret: true }
    if (asked === undefined) return unknown(frame, 'an answer to nothing that was asked', false)
    this.#asked = this.#asked.filter((_, index) => index !== at)
    if (asked.known === undefined) return { bytes: frame }
    const { op, request: { api, version }, meaning } = asked.known
    const { body } = decodeResponse(frame, api, version)
    const errors = errorsIn(body)
    const facts = meaning.answered?.(body, errors) ?? []
    const detail = errors.length === 0 ? 'ok' : errors.map((code) => `code ${nameOfError(code)}`).join(', ')
    return {
      bytes: frame, op, ends: [{ op, outcome: outcomeOf(api.name, errors), detail }],
      ...(facts.length > 0 ? { facts } : {}), ...(isSecret(api) ? { secret: true } : {}),
    }
  }
}

function startOf(op: number, { api }: RequestFrame, meaning: Meaning): OperationStart {
  const { text = '', values = [], deliveries = [], errors = [], transaction, transactionId } = meaning
  return {
    op, kind: api.name, text, reads: isRead(api), oneWay: meaning.oneWay === true, values,
    ...(isHousekeeping(api) || meaning.handshake === true ? { handshake: true } : {}),
    ...(transaction === undefined ? {} : { transaction }),
    ...(transactionId === undefined ? {} : { transactionId }),
    ...(deliveries.length === 0 ? {} : { deliveries }),
    ...(errors.length === 0 ? {} : { errors }),
  }
}

/** The whole frame at the front. */
function takeFrame(queue: ByteQueue): Buffer | undefined {
  if (queue.length < SIZE_BYTES) return undefined
  const size = queue.peekInt32(0)
  if (size < 0) throw new WireError('kafka', `a frame of ${size} bytes`, queue.peek(SIZE_BYTES))
  return queue.length < SIZE_BYTES + size ? undefined : queue.take(SIZE_BYTES + size)
}

function unknown(bytes: Buffer, detail: string, mayChangeState: boolean): Unit {
  const facts: Fact[] = [{ type: 'unknown', detail, mayChangeState }]
  return { bytes, facts }
}
