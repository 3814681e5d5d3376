/**
 * The recorder: every event of a suite's run, in memory for the checkers and on disk for later, in one order.
 */
import { nowMs } from '../lib/clock.ts'
import type { Event, EventBody } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'

const LAST_OUTPUTS = 5

export interface JournalSink {
  append(event: Event): void
  /** All that was appended has left this process. */
  flush(): void
  /** Output of the subject as a sentence in a file may quote it. */
  quote(output: string): string
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

  /** For a sentence that can end up in a report: what was said, masked like the journal. */
  quote(output: string): string {
    return this.#journal.quote(output)
  }

  /** The end of what an incarnation has said, for a sentence about it. */
  lastOutput(incarnation: string): string {
    const said = eventsOf(this.events, 'output').filter((event) => event.incarnation === incarnation)
      .slice(-LAST_OUTPUTS).map((event) => event.text.trim()).join('\n')
    return this.quote(said).replaceAll('\n', ' | ') || 'nothing'
  }

  /** Calls back for every event from now on; the returned function ends it. */
  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
