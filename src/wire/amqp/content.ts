/**
 * Gathers the content of one basic.publish, deliver, get-ok or return: a header frame, then body frames.
 *
 * The frames of one content follow each other on their channel; only frames of other channels and heartbeats may come
 * between (section 4.2.6). An empty body has no body frame.
 */
import { WireError } from '../../lib/errors.ts'
import { textOfOpaque } from '../opaque-text.ts'
import type { Table } from './field-reader.ts'
import { decodeContentHeader, HEADER_FRAME, type Frame, type Method } from './frames.ts'

export interface Content {
  readonly properties: Table
  readonly body: string
}

export class OpenContent {
  readonly method: Method
  #properties: Table | undefined
  #missing = 0
  readonly #parts: Buffer[] = []

  constructor(method: Method) {
    this.method = method
  }

  /** Takes a header or body frame; the content when it was the last. */
  take(frame: Frame): Content | undefined {
    if (frame.type === HEADER_FRAME) this.#header(frame)
    else this.#body(frame)
    if (this.#properties === undefined || this.#missing > 0) return undefined
    return { properties: this.#properties, body: textOfOpaque(Buffer.concat(this.#parts)) }
  }

  #header(frame: Frame): void {
    if (this.#properties !== undefined) throw new WireError('amqp', 'a second content header', frame.bytes)
    const { bodyBytes, properties } = decodeContentHeader(frame.payload)
    this.#properties = properties
    this.#missing = bodyBytes
  }

  #body(frame: Frame): void {
    if (this.#properties === undefined) throw new WireError('amqp', 'a body before its header', frame.bytes)
    if (frame.payload.length > this.#missing) {
      const what = `a body of ${frame.payload.length} bytes where ${this.#missing} are left`
      throw new WireError('amqp', what, frame.bytes)
    }
    this.#missing -= frame.payload.length
    this.#parts.push(frame.payload)
  }
}
