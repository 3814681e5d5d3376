/**
 * The producer's messages, one after the other, and those that a fault asks for by what they have to do with another:
 * on the same key, equal in all that is not unique, or not decodable at all.
 */
import { assert } from '../lib/assert.ts'
import type { Message } from '../model/message.ts'
import { keyRun, type MakeMessage } from '../plan/workload.ts'

export class MessageSource {
  readonly #make: MakeMessage
  #count = 0

  constructor(make: MakeMessage) {
    this.#make = make
  }

  next(): Message {
    return this.#made()
  }

  /** The next one that shares the key of another; any, where the workload has no key. */
  onKeyOf(other: Message, key: string | undefined): Message {
    const wanted = key === undefined ? undefined : other.fields[key]
    for (let tries = 0; tries < keyRun; tries += 1) {
      const message = this.#made()
      if (key === undefined || message.fields[key] === wanted) return message
    }
    // The run of that key is over: one that is like it in key and sample, with its amount.
    return this.equalTo(other)
  }

  equalTo(other: Message): Message {
    return this.#made(other)
  }

  /** A message whose body breaks off in the middle, as a producer's bug or a wrong content type leaves it. */
  undecodable(): Message {
    const { id, headers, body } = this.#made()
    return { id, headers, body: body.slice(0, Math.max(1, Math.floor(body.length / 2))), tokens: [id], fields: {} }
  }

  #made(like?: Message): Message {
    const message = this.#make(this.#count, 0, like)
    this.#count += 1
    assert(message.id !== '', 'a message has an id')
    return message
  }
}
