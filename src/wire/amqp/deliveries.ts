/**
 * Unsettled deliveries of one channel, and what a client's ack, nack, reject or recover settles.
 *
 * In a transaction (tx.select) settlements wait for tx.commit-ok; a rollback makes them unsettled again, it does not
 * redeliver. When the channel goes, what is unsettled is simply gone: the broker requeues it, and no fact says so.
 */
import type { Fact, Settlement } from '../../model/wire.ts'

export interface Settled {
  readonly tag: number
  readonly how: Settlement
}

export class Deliveries {
  /** Ends up in the names of deliveries: the channel. */
  readonly #channel: string
  #unsettled = new Set<number>()
  #staged: Settled[] = []

  constructor(channel: string) {
    this.#channel = channel
  }

  nameOf(tag: number): string {
    return `${this.#channel}:${tag}`
  }

  add(tag: number): void {
    this.#unsettled.add(tag)
  }

  /** Tag 0 with `multiple` means all. A tag that is not unsettled settles nothing: the server closes the channel. */
  settle(tag: number, multiple: boolean, how: Settlement): Settled[] {
    const tags = multiple ? [...this.#unsettled].filter((each) => tag === 0 || each <= tag) : [tag]
    return tags.filter((each) => this.#unsettled.delete(each)).map((each) => ({ tag: each, how }))
  }

  stage(settled: readonly Settled[]): void {
    this.#staged.push(...settled)
  }

  /** Ends the open transaction; its settlements are in the hands of tx.commit or tx.rollback. */
  takeStaged(): Settled[] {
    const staged = this.#staged
    this.#staged = []
    return staged
  }

  restore(settled: readonly Settled[]): void {
    this.#unsettled = new Set([...this.#unsettled, ...settled.map(({ tag }) => tag)].toSorted((a, b) => a - b))
  }

  factsOf(settled: readonly Settled[]): Fact[] {
    return settled.map(({ tag, how }) => ({ type: 'settled', delivery: this.nameOf(tag), how }))
  }
}
