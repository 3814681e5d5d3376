/**
 * Kafka as a source: each cell's share is topics and a group of names that no other cell has.
 *
 * The harness talks to the server directly, as the producer, as a reader of committed records outside any group, and as
 * whoever ends claims that time would end. It does not start the server, never joins a group, and never touches topics
 * that are not the cell's, but for reading those that a suite names.
 */
import { EnvironmentError } from '../lib/errors.ts'
import type { Address, Broker, RunningServer, Slot, SourceShare, Taken, Warped } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import type { Lease, Outcome } from '../model/wire.ts'
import { kafkaWire } from '../wire/kafka/wire.ts'
import { KafkaClient } from './kafka-client.ts'
import { warpLease } from './kafka-leases.ts'
import { append, partitionOf, readCommitted } from './kafka-records.ts'
import type { ReadRecord } from './kafka-records.ts'
import { nameInCell, parseKafkaSettings } from './kafka-settings.ts'
import type { KafkaSettings } from './kafka-settings.ts'
import {
  committedOffsets, createTopics, deleteGroup, deleteTopics, expectCoordinators, expectNoTopics, expectOneBroker,
  logEnds, partitionsOf, topicsLike,
} from './kafka-topics.ts'

/** The header by which the harness's own messages tell their id. */
const ID_HEADER = 'message-id'

export const kafka: Broker = {
  kind: 'kafka',

  async cell(server, cell, name, settings) {
    const share = new KafkaShare(server, { name, cell, settings: parseKafkaSettings(name, settings) })
    try {
      await share.start()
    } catch (error) {
      await share[Symbol.asyncDispose]()
      throw error
    }
    return share
  },
}

class KafkaShare implements SourceShare {
  readonly name: string
  readonly upstream: Address
  readonly wire = kafkaWire
  readonly slot?: () => Slot
  readonly #client: KafkaClient
  /** Real names by the suite's. */
  readonly #topics: ReadonlyMap<string, string>
  /** Partitions by real name. */
  readonly #partitions: Readonly<Record<string, number>>
  readonly #topic: string
  readonly #group: string
  /** Where the next draining reads on, by real name and partition. */
  readonly #drained = new Map<string, ReadonlyMap<number, bigint>>()
  /** Drainings go one after another: each reads on where the last one stopped. */
  #draining: Promise<unknown> = Promise.resolve()
  /** Where a taken record lay. */
  readonly #places = new WeakMap<Taken, { readonly key: string | undefined; readonly partition: number }>()
  #made = false

  constructor(
    server: RunningServer,
    share: { readonly name: string; readonly cell: string; readonly settings: KafkaSettings },
  ) {
    const { name, cell, settings } = share
    this.name = name
    this.upstream = server.address
    if (server.slot !== undefined) this.slot = server.slot.bind(server)
    this.#client = new KafkaClient(server.address)
    this.#topics = new Map(Object.keys(settings.topics).map((topic) => [topic, nameInCell(cell, topic)]))
    this.#partitions = Object.fromEntries(
      Object.entries(settings.topics).map(([topic, count]) => [nameInCell(cell, topic), count]),
    )
    this.#topic = nameInCell(cell, settings.topic)
    this.#group = nameInCell(cell, settings.group)
  }

  async start(): Promise<void> {
    await expectOneBroker(this.#client)
    await expectNoTopics(this.#client, Object.keys(this.#partitions))
    this.#made = true
    await createTopics(this.#client, this.#partitions)
    await expectCoordinators(this.#client, this.#group)
  }

  readonly template = (tap: Address): Readonly<Record<string, string>> => ({
    address: `${tap.host}:${tap.port}`, host: tap.host, port: String(tap.port),
    topic: this.#topic, group: this.#group,
    ...Object.fromEntries([...this.#topics].filter(([, real]) => real !== this.#topic).map(([topic, real]) => [
      `topic.${topic}`, real,
    ])),
  })

  async send(message: Message): Promise<Outcome> {
    const key = message.key ?? message.id
    const partition = await partitionOf(key, this.#partitions[this.#topic] ?? 1)
    const headers = { [ID_HEADER]: message.id, ...message.headers }
    return await append(this.#client, { topic: this.#topic, partition, key, body: message.body, headers })
  }

  async warp(leases: readonly Lease[], alive: boolean): Promise<readonly Warped[]> {
    return await Promise.all(leases.map((lease) => warpLease(this.#client, lease, alive)))
  }

  /**
   * Records that the group has not committed, of the source's topic and of every other topic of the cell that it
   * commits in. Counted, since offsets are also taken by markers and by what was aborted.
   */
  async backlog(): Promise<{ readonly ready: number; readonly unsettled: number }> {
    const committed = await committedOffsets(this.#client, this.#group)
    let ready = 0
    for (const [topic, count] of Object.entries(this.#partitions)) {
      const offsets = committed.get(topic) ?? new Map<number, bigint>()
      if (topic !== this.#topic && offsets.size === 0) continue
      const starts = await logEnds(this.#client, topic, count, 'start')
      const ends = await logEnds(this.#client, topic, count, 'stable')
      for (const [partition, end] of ends) {
        const from = offsets.get(partition) ?? starts.get(partition) ?? 0n
        if (from < end) ready += (await readCommitted(this.#client, topic, partition, from)).records.length
      }
    }
    return { ready, unsettled: 0 }
  }

  async drain(queue: string): Promise<readonly Taken[]> {
    const drained = this.#draining.then(() => this.#drain(this.#realName(queue)))
    this.#draining = drained.catch(() => undefined)
    return await drained
  }

  async #drain(topic: string): Promise<readonly Taken[]> {
    const count = await this.#countOf(topic)
    if (count === 0) return []
    const from = this.#drained.get(topic) ?? await logEnds(this.#client, topic, count, 'start')
    const next = new Map<number, bigint>()
    const taken: Taken[] = []
    for (const [partition, offset] of from) {
      const reading = await readCommitted(this.#client, topic, partition, offset)
      next.set(partition, reading.next)
      taken.push(...reading.records.map((record) => this.#takenOf(record, partition)))
    }
    // All at once: what a draining that failed has read is read again.
    this.#drained.set(topic, next)
    return taken
  }

  #takenOf({ key, body, headers }: ReadRecord, partition: number): Taken {
    const taken = { body, headers, messageId: headers[ID_HEADER] }
    this.#places.set(taken, { key, partition })
    return taken
  }

  async plantCopy(queue: string, taken: Taken): Promise<Outcome> {
    const { key, partition } = this.#places.get(taken) ?? { key: taken.messageId, partition: 0 }
    const { body, headers } = taken
    return await append(this.#client, { topic: this.#realName(queue), partition, key, body, headers })
  }

  /** Records that readers of committed ones cannot get at, because an open transaction stands before them. */
  async blocked(queue: string): Promise<number> {
    const topic = this.#realName(queue)
    const count = await this.#countOf(topic)
    if (count === 0) return 0
    const stable = await logEnds(this.#client, topic, count, 'stable')
    const high = await logEnds(this.#client, topic, count, 'high')
    return [...high].reduce((sum, [partition, end]) => sum + Number(end - (stable.get(partition) ?? end)), 0)
  }

  #realName(queue: string): string {
    return this.#topics.get(queue) ?? queue
  }

  async #countOf(topic: string): Promise<number> {
    return this.#partitions[topic] ?? await partitionsOf(this.#client, topic)
  }

  /** The broker has no count of its own that can be asked for over its protocol. */
  async connectionsSeen(): Promise<undefined> {
    return undefined
  }

  connectionsOwn(): number {
    return this.#client.opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#made) await this.#delete()
    } catch (error) {
      // A server that is gone can't be cleaned up, and the one that ended it takes its data along.
      if (!(error instanceof EnvironmentError)) throw error
    } finally {
      this.#made = false
      await this.#client[Symbol.asyncDispose]()
    }
  }

  /** Kafka Streams makes topics of its own, called like its group. */
  async #delete(): Promise<void> {
    const own = new Set([...this.#topics.values(), ...await topicsLike(this.#client, `${this.#group}-`)])
    await deleteTopics(this.#client, [...own])
    await deleteGroup(this.#client, this.#group)
  }
}
