/**
 * The outside world behind an HTTP sink: which calls it performed, and what it answers.
 *
 * Plain, it performs every call, as a provider without idempotency does. With a dedup header it answers a repeat of
 * a key with the first answer and performs nothing, as a provider with idempotency keys does. `performs-then-drops`
 * does the work and never says so. GET and HEAD change nothing: they ask whether a call was performed.
 * Pure but for what it remembers: no sockets, and the time is a parameter.
 */
import { scalarsOf, valueAt } from '../lib/json-pointer.ts'
import type { SinkCall } from '../model/edges.ts'
import type { Answer, HttpSinkSettings } from './http-settings.ts'

export interface Arrival {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** `drop`: the connection is closed without a reply. */
export type Reaction = Answer | 'drop'

/** What a call that was dropped has in place of a status. */
const NO_ANSWER = 0

interface Remembered {
  readonly answer: Answer
  readonly untilMs: number
}

export class HttpCalls {
  readonly #settings: HttpSinkSettings
  readonly #calls: SinkCall[] = []
  readonly #answers = new Map<string, Remembered>()
  #dropsLeft: number
  #lossPlanted = false

  constructor(settings: HttpSinkSettings) {
    this.#settings = settings
    this.#dropsLeft = settings.dropFirst
  }

  /** In order of arrival. Lookups are in it too, and performed nothing. */
  all(): readonly SinkCall[] {
    return [...this.#calls]
  }

  plantLoss(): void {
    this.#lossPlanted = true
  }

  /** The last call that was performed is performed once more, under a key of its own; false when there was none. */
  plantCopy(): boolean {
    const last = this.#calls.findLast((call) => call.performed)
    if (last === undefined) return false
    const header = this.#settings.dedup?.header
    const key = header === undefined ? undefined : last.headers[header]
    const fresh = header === undefined || key === undefined ? {} : { [header]: `${key}-planted` }
    const headers = { ...last.headers, ...fresh }
    this.#record({ ...last, headers }, true, last.answer)
    return true
  }

  arrive(arrival: Arrival, nowMs: number): Reaction {
    if (arrival.method === 'GET' || arrival.method === 'HEAD') {
      const found = this.#lookUp(arrival.path)
      this.#record(arrival, false, found.status)
      return found
    }
    const key = this.#keyOf(arrival)
    const known = key === undefined ? undefined : this.#answers.get(key)
    if (known !== undefined && nowMs < known.untilMs) {
      this.#record(arrival, false, known.answer.status)
      return known.answer
    }
    const answer = this.#settings.routes.get(pathOf(arrival.path)) ?? this.#settings.answer
    // A provider that answers an error did not do it, and a repeat of the key is a new try.
    const accepted = answer.status < 400
    if (accepted && key !== undefined) {
      this.#answers.set(key, { answer, untilMs: nowMs + (this.#settings.dedup?.windowMs ?? 0) })
    }
    if (accepted && this.#lossPlanted) {
      this.#lossPlanted = false
      this.#record(arrival, false, answer.status)
      return answer
    }
    if (accepted && this.#dropsLeft > 0) {
      this.#dropsLeft -= 1
      this.#record(arrival, true, NO_ANSWER)
      return 'drop'
    }
    this.#record(arrival, accepted, answer.status)
    return answer
  }

  #record(arrival: Arrival, performed: boolean, answer: number): void {
    this.#calls.push({ ...arrival, performed, answer })
  }

  /** A key belongs to one method and path, as it does with the providers that document it. */
  #keyOf({ method, path, headers }: Arrival): string | undefined {
    const header = this.#settings.dedup?.header
    const key = header === undefined ? undefined : headers[header]
    return key === undefined ? undefined : JSON.stringify([method, pathOf(path), key])
  }

  /** `GET /charges/ID` and `GET /charges?field=ID`: was a call to /charges for it, or one to /charges/ID, performed? */
  #lookUp(target: string): Answer {
    const path = pathOf(target)
    const queried = [...new URLSearchParams(target.slice(path.length)).values()]
    const cut = path.lastIndexOf('/')
    const ids = queried.length > 0 ? queried : [decodeSegment(path.slice(cut + 1))]
    const collection = queried.length > 0 ? path : path.slice(0, cut)
    const performed = this.#calls.filter((call) =>
      call.performed && ids.every((id) => this.#isFor(call, collection, id)))
    const status = performed.length > 0 ? 200 : 404
    return { status, body: JSON.stringify({ id: ids.join(','), performed: performed.length }) }
  }

  #isFor(call: SinkCall, collection: string, id: string): boolean {
    const path = pathOf(call.path)
    if (path === `${collection}/${encodeURIComponent(id)}`) return true
    if (path !== collection) return false
    const body = decodeJson(call.body)
    const { idField } = this.#settings
    const values = idField === undefined ? scalarsOf(body).map(({ value }) => value) : [valueAt(body, idField)]
    return values.some((value) => (typeof value === 'string' ? value : JSON.stringify(value)) === id)
  }
}

function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    // A lone percent sign is no escape: the segment stands for itself.
    return segment
  }
}

/** Undefined for a body that is no JSON: then no value of it can be compared. */
function decodeJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
