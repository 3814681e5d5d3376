/**
 * What the connections of one link know of each other: which message a receipt handle stands for. SQS clients use as
 * many connections as they like, and a message that came on one is deleted on another.
 *
 * A delivery is called by its receipt handle, which is new with every delivery; handles are long, so by their hash. A
 * message that is handed over again ends the claim of its older handle: its visibility timeout was over.
 */
import { createHash } from 'node:crypto'
import type { Lease } from '../../model/wire.ts'

/** A handle of this length or less is its own name. */
const PLAIN_MAX = 40
const HASH_CHARS = 16

export function deliveryOf(handle: string): string {
  if (handle.length <= PLAIN_MAX) return handle
  return createHash('sha256').update(handle).digest('hex').slice(0, HASH_CHARS)
}

export class LinkMemory {
  /** By receipt handle. */
  readonly #leases = new Map<string, Lease>()
  /** The newest handle of each message seen, by the server's own id of it. */
  readonly #newest = new Map<string, string>()
  readonly #polled = new Set<string>()

  /** Whether it is the first time. */
  polls(queue: string): boolean {
    if (this.#polled.has(queue)) return false
    this.#polled.add(queue)
    return true
  }

  hasSeen(messageId: string): boolean {
    return this.#newest.has(messageId)
  }

  /** The claim that begins, and the one on the same message that is over by it. */
  take(queueUrl: string, messageId: string, handle: string): { readonly begun: Lease; readonly over?: Lease } {
    const over = this.drop(this.#newest.get(messageId) ?? '')
    const begun: Lease = { name: deliveryOf(handle), kind: 'visibility', values: { queueUrl, handle, messageId } }
    this.#newest.set(messageId, handle)
    this.#leases.set(handle, begun)
    return over === undefined ? { begun } : { begun, over }
  }

  /** Undefined for a handle that is not known here, or whose claim is over. */
  drop(handle: string): Lease | undefined {
    const lease = this.#leases.get(handle)
    this.#leases.delete(handle)
    return lease
  }
}
