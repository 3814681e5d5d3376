/**
 * What the harness knows of the messages of one cell, for reading its links: which of its own a message of the server
 * is, and which receipt handle of a message is the newest.
 *
 * A subject that asks for no attributes is told the server's id of a message and its body, nothing else. The server
 * tells its id in its answer to the send, and it may hand the message over before that answer is here: until then a
 * body is held against those on their way, the oldest first.
 */
import type { Message } from '../model/message.ts'
import type { SqsLedger } from '../wire/sqs/session.ts'

export class SentMessages implements SqsLedger {
  readonly #onTheirWay: Pick<Message, 'id' | 'body'>[] = []
  readonly #ids = new Map<string, string>()
  readonly #newest = new Map<string, string>()
  readonly #sends = new Map<string, number>()

  /** How often it is sent by now, this time counted. */
  begin(message: Message): number {
    this.#onTheirWay.push(message)
    const count = (this.#sends.get(message.id) ?? 0) + 1
    this.#sends.set(message.id, count)
    return count
  }

  /** The server took it. A send whose outcome is open stays on its way: it may arrive at any time. */
  took(message: Message, messageId: string): void {
    this.#ids.set(messageId, message.id)
    this.refused(message)
  }

  refused(message: Message): void {
    const at = this.#onTheirWay.indexOf(message)
    if (at !== -1) this.#onTheirWay.splice(at, 1)
  }

  idOf({ messageId, body }: { readonly messageId: string; readonly body: string }): string | undefined {
    const known = this.#ids.get(messageId)
    if (known !== undefined) return known
    const id = this.#onTheirWay.find((sent) => sent.body === body)?.id
    if (id !== undefined) this.#ids.set(messageId, id)
    return id
  }

  received({ messageId, handle }: { readonly messageId: string; readonly handle: string }): void {
    this.#newest.set(messageId, handle)
  }

  /** Whether it was handed over again after this handle. */
  isOutdated(messageId: string, handle: string): boolean {
    const newest = this.#newest.get(messageId)
    return newest !== undefined && newest !== handle
  }
}
