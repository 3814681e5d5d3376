/**
 * Records that a link's fetches have handed over and no committed offset has settled yet, by topic and partition.
 *
 * A committed offset is that of the next record to read: it settles everything below it. Kafka itself knows nothing of
 * this; it keeps offsets per group, and a fetch does not say for which group it is. Two groups on one link that read
 * one topic are not told apart here.
 */
import type { Fact } from '../../model/wire.ts'
import { laneOf } from './names.ts'

export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

interface Lane {
  readonly unsettled: Set<bigint>
  first: bigint
  last: bigint
}

export class Deliveries {
  readonly #lanes = new Map<string, Lane>()

  /** Says whether it was handed over before. */
  add({ topic, partition, offset }: Position): boolean {
    const name = laneOf(topic, partition)
    const lane = this.#lanes.get(name) ?? { unsettled: new Set<bigint>(), first: offset, last: offset - 1n }
    this.#lanes.set(name, lane)
    const isAgain = offset >= lane.first && offset <= lane.last
    if (offset < lane.first) lane.first = offset
    if (offset > lane.last) lane.last = offset
    lane.unsettled.add(offset)
    return isAgain
  }

  /**
   * Names of those that a commit of the positions is about: what it would settle, or, of a position that was committed
   * before (a client tries again when it has not heard), the record in front of it.
   */
  about(positions: readonly Position[]): string[] {
    return positions.flatMap((position) => {
      const below = this.below([position])
      if (below.length > 0) return below
      const name = laneOf(position.topic, position.partition)
      const lane = this.#lanes.get(name)
      const before = position.offset - 1n
      return lane !== undefined && before >= lane.first && before <= lane.last ? [`${name}@${before}`] : []
    })
  }

  /** Names of those that committing the positions would settle. */
  below(positions: readonly Position[]): string[] {
    return positions.flatMap(({ topic, partition, offset }) => {
      const name = laneOf(topic, partition)
      const unsettled = [...this.#lanes.get(name)?.unsettled ?? []].filter((each) => each < offset)
      return unsettled.toSorted((a, b) => (a < b ? -1 : 1)).map((each) => `${name}@${each}`)
    })
  }

  settle(positions: readonly Position[]): Fact[] {
    const settled = this.below(positions)
    for (const { topic, partition, offset } of positions) {
      const unsettled = this.#lanes.get(laneOf(topic, partition))?.unsettled
      for (const each of unsettled ?? []) if (each < offset) unsettled?.delete(each)
    }
    return settled.map((delivery) => ({ type: 'settled', delivery, how: 'ack' }))
  }
}
