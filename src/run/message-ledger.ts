/**
 * The producer's ledger of one cell: what was sent, what became of it, and which tokens belong to whom.
 */
import type { Event, EventOf } from '../model/event.ts'
import type { Message } from '../model/message.ts'

export class MessageLedger {
  readonly #messages = new Map<string, Message>()
  readonly #owners = new Map<string, string>()
  readonly #settled = new Map<string, number>()
  readonly #settledBy = new Map<string, number>()
  readonly #deliveries = new Map<string, number>()
  /** The latest of each message, and of each name. */
  readonly #latest = new Map<string, EventOf<'delivered'>>()

  add(message: Message): void {
    this.#messages.set(message.id, message)
    for (const token of message.tokens) this.#owners.set(token, message.id)
  }

  get messages(): readonly Message[] {
    return [...this.#messages.values()]
  }

  message(id: string): Message | undefined {
    return this.#messages.get(id)
  }

  identify(id: string | undefined): string | undefined {
    return id !== undefined && this.#messages.has(id) ? id : undefined
  }

  /** How often it was settled for good: acknowledged, discarded, or settled by being delivered. */
  settlements(message: string): number {
    return this.#settled.get(message) ?? 0
  }

  deliveries(message: string): number {
    return this.#deliveries.get(message) ?? 0
  }

  /** The latest hand-over of a message. */
  latestOf(message: string): EventOf<'delivered'> | undefined {
    return this.#latest.get(message)
  }

  /** The latest hand-over of one of ours by that name. */
  latestNamed(delivery: string): EventOf<'delivered'> | undefined {
    return this.#latest.get(deliveryKey(delivery))
  }

  settledBy(incarnation: string): number {
    return this.#settledBy.get(incarnation) ?? 0
  }

  note(event: Event): void {
    if (event.type === 'settled') this.#settledBy.set(event.incarnation, this.settledBy(event.incarnation) + 1)
    if (event.type === 'settled' && event.message !== undefined && event.how !== 'requeue') {
      this.#settled.set(event.message, this.settlements(event.message) + 1)
    }
    if (event.type === 'delivered' && event.message !== undefined) {
      this.#latest.set(event.message, event).set(deliveryKey(event.delivery), event)
      this.#deliveries.set(event.message, this.deliveries(event.message) + 1)
    }
  }

  /** The message that a text belongs to: its whole is a token, or a token is in it. */
  ownerOf(text: string): string | undefined {
    const exact = this.#owners.get(text)
    if (exact !== undefined) return exact
    for (const [token, owner] of this.#owners) if (text.includes(token)) return owner
    return undefined
  }

  /** The newest message with a token in one of the values: relays and sweepers work for older ones too. */
  messageWithTokenIn(values: readonly string[]): string | undefined {
    if (values.length === 0) return undefined
    const messages = [...this.#messages.values()]
    return messages.findLast(({ tokens }) => values.some((value) => tokens.some((token) => value.includes(token))))?.id
  }
}

/** No message's id looks like it. */
function deliveryKey(delivery: string): string {
  return `delivery ${delivery}`
}
