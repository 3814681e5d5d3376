/**
 * The recorder: every event of a suite's run, in memory for the checkers and on disk for later, in one order.
 */
import { nowMs } from '../lib/clock.ts'
import type { Event, EventBody } from '../model/event.ts'

export interface JournalSink {
  append(event: Event): void
  /** All that was appended has left this process. */
  flush(): void
}

export class Recorder {
  readonly events: Event[] = []
  readonly #journal: JournalSink
  readonly beganMs = nowMs()
  readonly #listeners = new Set<(event: Event) => void>()

  constructor(journal: JournalSink) {
    this.#journal = journal
  }

  record(cell: string, step: string | undefined, body: EventBody): Event {
    const atMs = Math.round((nowMs() - this.beganMs) * 1000) / 1000
    const head = { seq: this.events.length + 1, atMs, cell }
    const event: Event = step === undefined ? { ...head, ...body } : { ...head, step, ...body }
    this.events.push(event)
    this.#journal.append(event)
    for (const listener of this.#listeners) listener(event)
    return event
  }

  flush(): void {
    this.#journal.flush()
  }

  /** Calls back for every event from now on; the returned function ends it. */
  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
