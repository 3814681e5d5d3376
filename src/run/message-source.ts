/**
 * The producer's messages, one after the other, and those that a fault asks for by what they have to do with another:
 * on the same key, equal in all that is not unique, or not decodable at all.
 *
 * Where the workload has several lanes they take turns, unless somebody asks for one. Each lane numbers its messages by
 * itself, so that no key is on two lanes: there is no order across lanes that an effect could be held to.
 */
import { assert } from '../lib/assert.ts'
import type { Message } from '../model/message.ts'
import { keyRun, type MakeMessage } from '../plan/workload.ts'

export class MessageSource {
  readonly #make: MakeMessage
  readonly #lanes: readonly string[]
  /** Messages so far, by lane. */
  readonly #counts = new Map<string | undefined, number>()
  /** As they were made, before they were told their lanes. */
  readonly #plain = new WeakMap<Message, Message>()
  #turn = 0

  /** `lanes`: names of the sources that get messages; none where it is the first one alone. */
  constructor(make: MakeMessage, lanes: readonly string[] = []) {
    this.#make = make
    this.#lanes = lanes
  }

  next(lane: string | undefined): Message {
    return this.#made(lane)
  }

  nextLane(): string | undefined {
    const lane = this.#lanes[this.#turn % Math.max(1, this.#lanes.length)]
    this.#turn += 1
    return lane
  }

  /** The next one that shares the key of another; any, where the workload has no key. */
  onKeyOf(other: Message, key: string | undefined): Message {
    const wanted = key === undefined ? undefined : other.fields[key]
    for (let tries = 0; tries < keyRun; tries += 1) {
      const message = this.#made(other.lane)
      if (key === undefined || message.fields[key] === wanted) return message
    }
    // The run of that key is over: one that is like it in key and sample, with its amount.
    return this.equalTo(other)
  }

  equalTo(other: Message): Message {
    return this.#made(other.lane, other)
  }

  /** A message whose body breaks off in the middle, as a producer's bug or a wrong content type leaves it. */
  undecodable(beside: Message): Message {
    const made = this.#made(beside.lane)
    const { id, body } = made
    return { ...made, body: body.slice(0, Math.max(1, Math.floor(body.length / 2))), tokens: [id], fields: {} }
  }

  #made(lane: string | undefined, like?: Message): Message {
    const count = this.#counts.get(lane) ?? 0
    this.#counts.set(lane, count + 1)
    const made = this.#make(count, lane === undefined ? 0 : this.#lanes.indexOf(lane), like && this.#plain.get(like))
    assert(made.id !== '', 'a message has an id')
    const message = lane === undefined ? made : { ...made, lane }
    this.#plain.set(message, made)
    return message
  }
}
