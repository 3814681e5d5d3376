/**
 * What a protocol decoder says about bytes, and what a tap may ask of it.
 *
 * A decoder is pure: bytes in, units out, no sockets, no timers. The bytes of all units of one direction, joined,
 * are the stream itself: a tap forwards units and nothing else, so a decoder can delay bytes (until the request they
 * belong to is whole) but can neither change, drop nor reorder them within a direction.
 *
 * An operation is one request of the subject and its reply, as the protocol pairs them. Numbers of operations and
 * deliveries are local to one connection; the tap makes them unique.
 */

/** How an operation ended: done, definitely not done, or unknown. Nobody turns the third into the second. */
export type Outcome = 'ok' | 'failed' | 'indeterminate'

/** What an operation does to the transaction it runs in; `auto` is a statement that commits by itself. */
export type TransactionRole = 'begin' | 'inside' | 'commit' | 'rollback' | 'auto'

export interface OperationStart {
  /** Number of the operation on its connection, rising from 1. */
  readonly op: number
  /** The protocol's own word: `INSERT`, `basic.ack`, `POST`. */
  readonly kind: string
  /** Normalised text that names the operation without its values: a statement without literals, a path. */
  readonly text: string
  /** On the protocol's short allow-list of requests that cannot change anything outside the connection. */
  readonly reads: boolean
  /** No reply exists (basic.ack): it ends when it was sent. */
  readonly oneWay: boolean
  /**
   * Part of opening the connection or of a client's housekeeping (handshake, authentication, channel.open, metadata,
   * polls for messages): never a point of its own.
   */
  readonly handshake?: boolean
  readonly transaction?: TransactionRole
  /** Name of the transaction, where it is not the connection's own: one that spans several. */
  readonly transactionId?: string
  /** Deliveries that the request is about, an acknowledgement for instance: it belongs to their messages. */
  readonly deliveries?: readonly string[]
  /** The request names each of them: it is no more about the last one, which others are settled along with. */
  readonly isBatch?: true
  /** Names of errors that only the connection's state makes possible; `WireProtocol.errors` has them all. */
  readonly errors?: readonly string[]
  /** The number by which the server will confirm it, where the protocol counts (publisher confirms). */
  readonly confirm?: number
  /** The values the request carries, as text: bound parameters, a body. Searched for tokens, masked when recorded. */
  readonly values: readonly string[]
}

export interface OperationEnd {
  readonly op: number
  readonly outcome: Outcome
  /** Status line, command tag, SQLSTATE. */
  readonly detail: string
}

/** Something in the stream that is not an operation but matters to the run. */
export type Fact =
  | {
      readonly type: 'delivered'
      /** Name of the delivery on its connection, e.g. `1:42` (channel and tag). */
      readonly delivery: string
      readonly messageId: string | undefined
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
      readonly redelivered: boolean
      /** Queue, partition or group as far as the protocol tells: the consumer's subscription. */
      readonly lane: string
    }
  /** With a request: once it was forwarded. With a reply (the server says so): once the tap has read it. */
  | { readonly type: 'settled'; readonly delivery: string; readonly how: Settlement }
  /** The broker has given the subject a claim that its connection's end does not end, or has taken it back. */
  | { readonly type: 'lease'; readonly lease: Lease; readonly held: boolean }
  /** The subject now takes deliveries (basic.consume-ok). */
  | { readonly type: 'consuming'; readonly lane: string }
  /** Authentication went through; `session` is the server's own name of it where the protocol tells (backend pid). */
  | { readonly type: 'session'; readonly session: string }
  /** Bytes that pass untouched and undecoded. */
  | { readonly type: 'unknown'; readonly detail: string; readonly mayChangeState: boolean }

/**
 * A claim on deliveries that outlives connections: a group's member, a message's visibility, an open transaction. The
 * broker's own share of a cell knows how to make it expire; equal names mean the same claim.
 */
export interface Lease {
  readonly name: string
  readonly kind: string
  readonly values: Readonly<Record<string, string>>
}

/** How a delivery ended: `auto` is settled by being delivered (noAck). */
export type Settlement = 'ack' | 'requeue' | 'discard' | 'auto'

/** Bytes that travel as one: a tap forwards, holds or drops them together. */
export interface Unit {
  readonly bytes: Buffer
  /** The operation these bytes belong to, in either direction. */
  readonly op?: number
  readonly starts?: OperationStart
  /** Operations that are over once these bytes are through (in the request direction: one-way ones). */
  readonly ends?: readonly OperationEnd[]
  readonly facts?: readonly Fact[]
  /** May pass a hold: heartbeats. */
  readonly overtakes?: boolean
  /** Carries credentials: never recorded. */
  readonly secret?: boolean
}

/** One connection's decoder. Both methods take any slice of the stream and return the units it completes. */
export interface WireSession {
  request(bytes: Buffer): Unit[]
  reply(bytes: Buffer): Unit[]
  /** The client ended its side; what is still unfinished comes out as `unknown`. */
  close(): Unit[]
}

export type RawDirection = 'request' | 'reply'

/** The frame at the front of a stream: how long it is and what its first bytes call it, equal on every run. */
export interface RawHead {
  readonly length: number
  readonly label: string
  /** Sent by a timer, so it is not counted. */
  readonly keepsAlive?: boolean
  /** Both directions are chunks from here on, this frame included. */
  readonly isLost?: boolean
}

/** What breaks its own framing, or is encrypted. */
export const lostFrame: RawHead = { length: 0, label: 'chunk', isLost: true }

/** The front of one direction, as far as it has come. */
export interface RawStream {
  readonly length: number
  peekUInt8(at: number): number
  peekUInt16(at: number): number
  peekInt32(at: number): number
  peekUInt32(at: number): number
}

/** Frames of one connection by their framing alone; undefined while the one at the front is not all there. */
export type RawFraming = (direction: RawDirection, stream: RawStream) => RawHead | undefined

/**
 * A conversation of the harness's own on the subject's upstream connection while the subject is held: bytes to send,
 * and when the answer is whole. `done` sees the reply bytes so far and returns how the conversation ended.
 */
export interface Interjection {
  readonly bytes: Buffer
  done(reply: Buffer): Outcome | undefined
}

/** How to plant a loss: what to send instead, and what the subject is told. */
export interface PlantedLoss {
  /** Sent upstream instead of the request. */
  readonly request: Buffer
  /** Turns the server's whole answer into the one that claims success; called with all bytes up to the end. */
  answer(reply: Buffer): Buffer
  /** Whether the server's answer is complete. */
  complete(reply: Buffer): boolean
}

/** How an error comes about: what goes upstream in place of the request, and what the subject is told. */
export interface Refusal {
  /** Sent upstream instead of the request; undefined: the server never hears of it. */
  readonly request: Buffer | undefined
  /** Whether the server's answer is complete; never asked when nothing was sent. */
  complete(reply: Buffer): boolean
  /** What the subject gets, made from the server's whole answer (empty when nothing was sent). */
  answer(reply: Buffer): Buffer
  /** What became of the request, by the server's whole answer: `ok` where it was done and is denied all the same. */
  outcome(reply: Buffer): Outcome
  /** The connection is closed behind the answer: the server's side before the subject is told, then the subject's. */
  readonly closes: boolean
}

export interface WireProtocol {
  readonly name: string
  open(): WireSession
  /**
   * Where the connections of one incarnation's link must know of each other (names of topics, what was fetched): one
   * call per link, whose result opens its connections' decoders. Names of deliveries are then the link's own.
   */
  openLink?(): () => WireSession
  /** Where frames end, for one connection, without any notion of operations; undefined: chunks, as they come. */
  readonly rawFraming?: () => RawFraming
  /**
   * The answer to it is waited for even when the subject is gone: it may hand over messages, which would go to nobody,
   * or say what became of them. Only where an open connection is no claim on deliveries; undefined: it ends at once.
   */
  hearsOut?(start: OperationStart): boolean
  /** Proves that every one-way operation sent so far was carried out; ends the connection's usefulness. */
  proveOneWay?(unit: Unit): Interjection
  /** The request, made to leave no effect while its sender is told it did; undefined where it can't be. */
  plantLoss?(request: Buffer, start: OperationStart): PlantedLoss | undefined
  /** The request once more, while its first reply is held; undefined where it can't be. */
  plantRepeat?(request: Buffer, start: OperationStart): Interjection | undefined
  /**
   * Names of the errors that the server can return to this operation in the state that its connection is in: `40P01`,
   * `57P01-done`, `500`. Where the outcome is left open there are two, done and not done. Equal names mean the same.
   */
  errors?(start: OperationStart): readonly string[]
  /**
   * The error of that name in place of the request, of which nothing has been forwarded, nor has anything behind it on
   * its connection; undefined where it can't be (not whole, pipelined with others, not an error of this operation).
   */
  refuse?(name: string, request: Buffer, start: OperationStart): Refusal | undefined
}
