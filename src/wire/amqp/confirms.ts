/**
 * Publisher confirms of one channel: which publish a server's basic.ack or basic.nack speaks of.
 *
 * After confirm.select both sides count publishes from 1; the server answers with that number, in any order, and
 * `multiple` covers everything up to it. Nothing on the wire carries the number with the publish itself.
 */
export class Confirms {
  #next = 1
  readonly #waiting = new Map<number, number>()

  /** A publish was sent as this operation; tells its number. */
  add(op: number): number {
    const number = this.#next
    this.#waiting.set(number, op)
    this.#next += 1
    return number
  }

  /** The operations that are over, oldest first. Tag 0 with `multiple` means all. */
  take(tag: number, multiple: boolean): number[] {
    const tags = multiple ? [...this.#waiting.keys()].filter((each) => tag === 0 || each <= tag) : [tag]
    return tags.flatMap((each) => {
      const op = this.#waiting.get(each)
      this.#waiting.delete(each)
      return op === undefined ? [] : [op]
    })
  }
}
