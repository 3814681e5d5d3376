/**
 * The rows and lanes of a sequence diagram, from the events of a finding's steps.
 *
 * Every row is one event of the journal, or one and those that only complete it (an operation with its reply). Rows are
 * in the order in which the harness saw them, with one exception: a confirmation to the producer can be read after the
 * delivery of what it confirms, and is drawn before it. Handshakes and background traffic are left out.
 */
import type { Event, EventOf } from '../../model/event.ts'
import { eventsOf, type History } from '../../model/history.ts'
import { operationKey, pointName } from '../../model/point.ts'
import type { Evidence } from './evidence.ts'

export const PRODUCER = 'producer'

export interface Lane {
  readonly id: string
  readonly title: string
  readonly role: string
}

export type Tone = 'plain' | 'again' | 'fault' | 'bad'

export interface Row {
  /** Of the event; the rows that complete it carry theirs in `also`. */
  readonly seq: number
  readonly also: readonly number[]
  readonly atMs: number
  readonly label: string
  /** How an operation ended, where its reply has no row of its own. */
  readonly said?: string
  readonly tone: Tone
  /** An arrow has both, a note at one lane only `from`, a note over all lanes none. */
  readonly from?: string
  readonly to?: string
  /** The arrow stops half way. */
  readonly stops?: boolean
  /** Ends the lane's line. */
  readonly ends?: boolean
}

export interface Sequence {
  readonly lanes: readonly Lane[]
  readonly rows: readonly Row[]
  /** Rows that are left out in the middle. */
  readonly left: number
}

const ROWS_MAX = 120
/** Shown by what they bring about. */
const quietVerbs: ReadonlySet<string> = new Set(['hold', 'start', 'await'])

export function sequenceOf(evidence: Evidence): Sequence {
  const builder = new SequenceBuilder(evidence)
  for (const event of inCausalOrder(evidence.events)) builder.take(event)
  builder.readBack()
  const { rows } = builder
  const left = Math.max(0, rows.length - ROWS_MAX)
  const shown = left === 0 ? rows : [...rows.slice(0, ROWS_MAX / 2), ...rows.slice(-ROWS_MAX / 2)]
  return { lanes: lanesOf(evidence, shown), rows: shown, left }
}

/** What was sent comes before the delivery of it, however late its confirmation was read. */
function inCausalOrder(events: History): Event[] {
  const sorted = [...events]
  for (const sent of eventsOf(events, 'sent')) {
    const from = sorted.indexOf(sent)
    const earlier = sorted.findIndex((event) => event.type === 'sent' && event.message === sent.message)
    const place = sorted.findIndex((event, i) => i < from && (i > earlier || earlier === from)
      && event.type === 'delivered' && event.message === sent.message)
    if (place === -1) continue
    sorted.splice(from, 1)
    sorted.splice(place, 0, sent)
  }
  return sorted
}

function lanesOf({ index }: Evidence, rows: readonly Row[]): Lane[] {
  const used = [...new Set(rows.flatMap((row) => [row.from, row.to]))].filter((id) => id !== undefined)
  const lives = used.filter((id) => id.startsWith('life:'))
  const links = used.filter((id) => id.startsWith('link:'))
  const isSource = (id: string): boolean => index.sources.includes(nameIn(id))
  return [
    ...used.includes(PRODUCER) ? [{ id: PRODUCER, title: 'producer', role: 'harness' }] : [],
    ...links.filter(isSource).map((id) => ({ id, title: nameIn(id), role: 'source' })),
    ...lives.map((id, i) => ({ id, title: `subject, life ${i + 1}`, role: nameIn(id) })),
    ...links.filter((id) => !isSource(id)).map((id) => ({ id, title: nameIn(id), role: 'dependency' })),
  ]
}

function nameIn(id: string): string {
  return id.slice(id.indexOf(':') + 1)
}

/** One row per event that matters, from first to last. */
class SequenceBuilder {
  readonly rows: Row[] = []
  readonly #evidence: Evidence
  readonly #started = new Map<string, EventOf<'operation-started'>>()
  readonly #answered: ReadonlySet<string>
  readonly #points: ReadonlySet<string>
  readonly #delivered = new Map<string, number>()
  readonly #lives = new Set<string>()

  constructor(evidence: Evidence) {
    this.#evidence = evidence
    this.#answered = new Set(eventsOf(evidence.events, 'operation-answered').map((event) => event.operation))
    this.#points = new Set([...evidence.finding.points, ...evidence.finding.schedule.map(({ point }) => point)])
  }

  take(event: Event): void {
    switch (event.type) {
      case 'sent': this.#sent(event); break
      case 'delivered': this.#deliver(event); break
      case 'operation-started': this.#start(event); break
      case 'operation-forwarded': this.#forward(event); break
      case 'operation-ended': this.#end(event); break
      case 'settled': this.#settle(event); break
      case 'effect-observed': this.#effect(event); break
      case 'incarnation-ready': case 'incarnation-exited': this.#life(event); break
      case 'fault-held': this.#note(event, `${event.fault} strikes here: ${event.point}`, 'fault'); break
      case 'fault-did': this.#did(event); break
      case 'dead-letter-observed': this.#note(event, `found in ${event.queue}`, 'plain'); break
      case 'step-ended':
        if (event.reason !== 'settled') this.#note(event, `the step ended ${event.reason}`, 'bad')
        break
      default: break
    }
  }

  /** The last row: what was there when all was over. */
  readBack(): void {
    const { finals, finding } = this.#evidence
    const [first] = finals
    if (first !== undefined) {
      this.#note(first, `read back in the end: ${countsOf(finals)}`, 'bad')
      this.#extend({ also: finals.slice(1).map((event) => event.seq) })
    } else if (this.rows.length > 0) {
      const last = this.#evidence.events.at(-1)
      if (last !== undefined) this.#note(last, `read back in the end: no ${finding.effect}`, 'bad')
    }
  }

  #sent(event: EventOf<'sent'>): void {
    const [source = 'source'] = this.#evidence.index.sources
    const again = event.copy > 1 ? ` again (copy ${event.copy})` : ''
    const outcome = event.outcome === 'ok' ? '' : ` (${event.outcome})`
    this.#arrow(event, { from: PRODUCER, to: `link:${source}`, label: `sent${again}${outcome}` })
  }

  #deliver(event: EventOf<'delivered'>): void {
    const { message, incarnation } = event
    if (message === undefined || !this.#evidence.messages.has(message)) return
    const times = (this.#delivered.get(message) ?? 0) + 1
    this.#delivered.set(message, times)
    this.#lives.add(incarnation)
    const again = times > 1 || event.redelivered
    this.#arrow(event, {
      from: this.#linkOf(event.connection), to: `life:${incarnation}`,
      label: again ? 'delivered again' : 'delivered', tone: again ? 'again' : 'plain',
    })
  }

  #start(event: EventOf<'operation-started'>): void {
    if (!this.#isShown(event)) return
    this.#started.set(event.operation, event)
    this.#lives.add(event.incarnation)
    const [from, to] = [`life:${event.incarnation}`, `link:${event.link}`]
    this.#arrow(event, { from, to, label: labelOf(event), stops: true })
  }

  #isShown(event: EventOf<'operation-started'>): boolean {
    if (event.handshake) return false
    if (event.message !== undefined && this.#evidence.messages.has(event.message)) return true
    if (event.cause === 'start' && this.#evidence.finding.context === 'start') return true
    const key = operationKey(event)
    return this.#points.has(pointName(key, 'before')) || this.#points.has(pointName(key, 'after'))
  }

  #forward(event: EventOf<'operation-forwarded'>): void {
    const start = this.#started.get(event.operation)
    if (start === undefined) return
    if (this.#lastIs(start)) this.#extend({ stops: false, also: [event.seq] })
    else {
      this.#arrow(event, {
        from: `life:${start.incarnation}`, to: `link:${start.link}`,
        label: `${start.kind} arrives only now`, tone: 'fault',
      })
    }
  }

  #end(event: EventOf<'operation-ended'>): void {
    const start = this.#started.get(event.operation)
    if (start === undefined || start.oneWay) return
    const said = event.outcome === 'ok' ? 'ok' : `${event.outcome}${event.detail === '' ? '' : `: ${event.detail}`}`
    const reached = this.#answered.has(event.operation)
    const last = this.rows.at(-1)
    if (reached && last?.seq === start.seq) {
      this.#extend({ said, also: [...last.also, event.seq] })
      return
    }
    this.#arrow(event, {
      from: `link:${start.link}`, to: `life:${start.incarnation}`, stops: !reached,
      label: reached ? `${start.kind}: ${said}` : `${said}, never told`, tone: reached ? 'plain' : 'fault',
    })
  }

  /** An acknowledgement is an operation too: then it is one row. */
  #settle(event: EventOf<'settled'>): void {
    if (event.message === undefined || !this.#evidence.messages.has(event.message)) return
    const link = this.#linkOf(event.connection)
    const last = this.rows.at(-1)
    if (last?.from === `life:${event.incarnation}` && last.to === link) {
      this.#extend({ label: `${last.label} (settled: ${event.how})`, also: [...last.also, event.seq] })
    } else {
      this.#arrow(event, { from: `life:${event.incarnation}`, to: link, label: `settled: ${event.how}` })
    }
  }

  /** What was seen in one look is one row. */
  #effect(event: EventOf<'effect-observed'>): void {
    if (event.message === undefined || !this.#evidence.messages.has(event.message)) return
    const seen = `${event.effect} ${event.identity}`
    const last = this.rows.at(-1)
    if (last?.label.startsWith('seen: ') === true) {
      this.#extend({ label: `${last.label}, ${seen}`, also: [...last.also, event.seq] })
    } else this.#note(event, `seen: ${seen}`, 'plain')
  }

  #life(event: EventOf<'incarnation-ready'> | EventOf<'incarnation-exited'>): void {
    const lane = `life:${event.incarnation}`
    if (event.type === 'incarnation-ready') {
      if (this.#lives.size > 0 && !this.#lives.has(event.incarnation)) {
        this.#lives.add(event.incarnation)
        this.rows.push({ ...headOf(event), label: 'ready', tone: 'plain', from: lane })
      }
      return
    }
    const { because, signal, code } = event
    if (!this.#lives.has(event.incarnation) || because !== undefined && because !== 'fault') return
    const how = signal === null ? `exited, code ${code ?? 'unknown'}` : `ended by ${signal}`
    this.rows.push({ ...headOf(event), label: how, tone: 'fault', from: lane, ends: true })
  }

  #did(event: EventOf<'fault-did'>): void {
    if (quietVerbs.has(event.verb)) return
    const seenAsExit = event.verb === 'kill'
      && eventsOf(this.#evidence.events, 'incarnation-exited').some((exit) => exit.because === 'fault')
    if (!seenAsExit) this.#note(event, `${event.verb}: ${event.detail}`, 'fault')
  }

  #linkOf(connection: string): string {
    return `link:${this.#evidence.index.links.get(connection) ?? this.#evidence.index.sources[0] ?? 'source'}`
  }

  #lastIs(start: Event): boolean {
    return this.rows.at(-1)?.seq === start.seq
  }

  #note(event: Event, label: string, tone: Tone): void {
    this.rows.push({ ...headOf(event), label, tone })
  }

  #arrow(event: Event, arrow: Pick<Row, 'from' | 'to' | 'label'> & Partial<Pick<Row, 'tone' | 'stops'>>): void {
    this.rows.push({ ...headOf(event), tone: 'plain', ...arrow })
  }

  #extend(change: Partial<Pick<Row, 'label' | 'said' | 'also' | 'stops'>>): void {
    const last = this.rows.pop()
    if (last !== undefined) this.rows.push({ ...last, ...change })
  }
}

function headOf(event: Event): Pick<Row, 'seq' | 'atMs' | 'also'> {
  return { seq: event.seq, atMs: event.atMs, also: [] }
}

function labelOf({ kind, text }: EventOf<'operation-started'>): string {
  return text === '' || text === kind ? kind : `${kind} ${text}`
}

/** `invoice o-1 x 2, posting o-1`. */
export function countsOf(effects: readonly EventOf<'effect-observed'>[]): string {
  const counts = new Map<string, number>()
  for (const { effect, identity } of effects) {
    const name = `${effect} ${identity}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} \u00d7 ${count}`)).join(', ')
}
