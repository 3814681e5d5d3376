/**
 * The Postgres protocol v3 for taps: one connection's bytes to operations.
 *
 * Source: chapter "Frontend/Backend Protocol" of the PostgreSQL documentation, 3.0 and 3.2. This file knows how a
 * connection begins: startup, requests for encryption (one unframed byte answers them) and cancel requests, which
 * have connections of their own. What the server then agrees to encrypt passes undecoded and is said to be unknown;
 * so does everything that starts with no packet of ours.
 */
import type { Unit, WireProtocol, WireSession } from '../../model/wire.ts'
import { ByteQueue } from '../byte-queue.ts'
import { Conversation } from './conversation.ts'
import { errorsOf, refuse } from './errors.ts'
import { BodyReader, takeMessage, takeStartup, type PostgresMessage } from './messages.ts'
import { plantLoss } from './plant-loss.ts'
import { plantRepeat } from './plant-repeat.ts'
import { postgresFraming } from './raw-framing.ts'
import { takeReply } from './replies.ts'
import { Requests } from './requests.ts'
import { makeUnit, unknownFact } from './units.ts'

const SSL_REQUEST = 80877103
const GSS_REQUEST = 80877104
const CANCEL_REQUEST = 80877102
const PROTOCOL_MAJOR = 3
/** First byte of a TLS record: clients of 17 and later may begin with one. */
const TLS_HANDSHAKE = 0x16

export const postgresWire: WireProtocol = {
  name: 'postgres',
  open: () => new PostgresSession(),
  rawFraming: postgresFraming,
  plantLoss,
  plantRepeat,
  errors: errorsOf,
  refuse,
}

class PostgresSession implements WireSession {
  readonly #conversation = new Conversation()
  readonly #requests = new Requests(this.#conversation)
  readonly #fromClient = new ByteQueue()
  readonly #fromServer = new ByteQueue()
  /** `first`: the client's next packet has no kind. `opaque`: nothing is decoded any more. */
  #phase: 'first' | 'framed' | 'opaque' = 'first'
  /** Requests for encryption whose one-byte answer has not come. */
  #bytesAwaited = 0
  #opaqueTold = { request: false, reply: false }

  request(bytes: Buffer): Unit[] {
    this.#fromClient.push(bytes)
    const units: Unit[] = []
    while (this.#phase === 'first' && this.#fromClient.length > 0) {
      if (this.#fromClient.peekUInt8(0) === TLS_HANDSHAKE) {
        this.#phase = 'opaque'
        break
      }
      const packet = takeStartup(this.#fromClient)
      if (packet === undefined) return units
      units.push(this.#begin(packet))
    }
    if (this.#phase === 'opaque') return [...units, ...this.#passOpaque('request')]
    for (let next = takeMessage(this.#fromClient); next !== undefined; next = takeMessage(this.#fromClient)) {
      units.push(...this.#requests.take(next))
    }
    return units
  }

  reply(bytes: Buffer): Unit[] {
    this.#fromServer.push(bytes)
    const units: Unit[] = []
    while (this.#bytesAwaited > 0 && this.#fromServer.length > 0) {
      // An old server answers with an ErrorResponse, which is framed.
      if (this.#fromServer.peekUInt8(0) === 'E'.charCodeAt(0)) {
        this.#bytesAwaited = 0
        break
      }
      this.#bytesAwaited -= 1
      const answer = this.#fromServer.take(1)
      if (answer.toString('latin1') !== 'N') this.#phase = 'opaque'
      units.push({ bytes: answer })
    }
    if (this.#phase === 'opaque') return [...units, ...this.#passOpaque('reply')]
    for (let next = takeMessage(this.#fromServer); next !== undefined; next = takeMessage(this.#fromServer)) {
      units.push(takeReply(this.#conversation, next))
    }
    return units
  }

  /** A message that is not whole was not carried out, and neither was one that waited for its Execute. */
  close(): Unit[] {
    const waiting = this.#requests.close().map((message) => message.bytes)
    const rest = Buffer.concat([...waiting, this.#fromClient.take(this.#fromClient.length)])
    return rest.length === 0 ? [] : [{ bytes: rest, facts: [unknownFact('an unfinished request', false)] }]
  }

  // Startup packets: | length: Int32 | code: Int32 | ... |. StartupMessage: the code is the version, major in the
  // upper half; then pairs of strings. SSLRequest, GSSENCRequest: nothing. CancelRequest: process and key.
  #begin(packet: PostgresMessage): Unit {
    const { bytes } = packet
    const code = new BodyReader(packet).int32()
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      this.#bytesAwaited += 1
      return { bytes }
    }
    if (code === CANCEL_REQUEST) return this.#cancel(bytes)
    if (code >> 16 !== PROTOCOL_MAJOR) {
      this.#phase = 'opaque'
      return { bytes, facts: [unknownFact(`a startup packet with code ${code}`)] }
    }
    this.#phase = 'framed'
    const { op } = this.#conversation.begin({ kind: 'startup', reads: true, handshake: true })
    this.#conversation.expect('startup', op)
    return {
      bytes, op, starts: { op, kind: 'startup', text: '', reads: true, oneWay: false, handshake: true, values: [] },
    }
  }

  /** Without an answer: the server closes the connection, and what it cancelled tells on its own connection. */
  #cancel(bytes: Buffer): Unit {
    this.#phase = 'opaque'
    const kind = 'CancelRequest'
    const { op } = this.#conversation.begin({ kind, reads: true })
    return {
      bytes, op, secret: true,
      starts: { op, kind, text: '', reads: true, oneWay: true, values: [] },
      ends: [{ op, outcome: 'ok', detail: 'sent' }],
    }
  }

  #passOpaque(direction: 'request' | 'reply'): Unit[] {
    const queue = direction === 'request' ? this.#fromClient : this.#fromServer
    if (queue.length === 0) return []
    const told = this.#opaqueTold[direction]
    this.#opaqueTold[direction] = true
    return [makeUnit(queue.take(queue.length), { facts: told ? [] : [unknownFact(`undecoded bytes (${direction})`)] })]
  }
}
