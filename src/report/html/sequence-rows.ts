/**
 * The rows of a sequence diagram, one by one from the events of a finding's steps.
 *
 * Every row is one event of the journal, or one and those that only complete it (an operation with its reply).
 * Handshakes and background traffic are left out, and of many messages all but the hand-overs of those that the finding
 * is not about. Who stands at a point, or was stopped, is a span of its lane.
 */
import { faults } from '../../faults/registry.ts'
import type { Event, EventOf } from '../../model/event.ts'
import { eventsOf } from '../../model/history.ts'
import { operationKey, pointName } from '../../model/point.ts'
import { placesOf } from '../claim.ts'
import { kindOf } from '../scope-words.ts'
import type { Evidence } from './evidence.ts'

export const PRODUCER = 'producer'

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
  /** The arrow stops half way: for good, or until it is let go. */
  readonly stops?: 'lost' | 'held'
  /** Ends the lane's line. */
  readonly ends?: boolean
}

/** From one row to another a process does not go on as it would: its requests are withheld, or it is stopped. */
export interface Span {
  readonly lane: string
  readonly kind: 'held' | 'frozen'
  readonly from: number
  /** Undefined: to the end of its line. */
  readonly to: number | undefined
}

/** Of more messages than these the others are only handed over. */
const WHOLE_MAX = 3
/** Shown by what they bring about. */
const quietVerbs: ReadonlySet<string> = new Set(['send', 'send-again', 'leave'])
/** Of a wait: what is seen anyway. */
const quietEnds: ReadonlySet<string> = new Set([
  'settled', 'ready', 'handed over again', 'it settled, and nobody heard of it', 'it has nothing left to do',
  'it went by itself', 'a successor was started',
])

/** One row per event that matters, from first to last. */
export class RowBuilder {
  readonly rows: Row[] = []
  readonly spans: Span[] = []
  readonly #evidence: Evidence
  readonly #started = new Map<string, EventOf<'operation-started'>>()
  /** By operation: when its request reached the server, and its reply the subject. */
  readonly #forwarded: ReadonlyMap<string, number>
  readonly #answered: ReadonlyMap<string, number>
  readonly #held: readonly number[]
  readonly #points: ReadonlySet<string>
  readonly #delivered = new Map<string, number>()
  readonly #lives = new Set<string>()
  #victim: string | undefined

  constructor(evidence: Evidence) {
    const { events, finding } = evidence
    this.#evidence = evidence
    this.#forwarded = new Map(eventsOf(events, 'operation-forwarded').map((event) => [event.operation, event.seq]))
    this.#answered = new Map(eventsOf(events, 'operation-answered').map((event) => [event.operation, event.seq]))
    this.#held = [
      ...eventsOf(events, 'fault-held'), ...eventsOf(events, 'fault-did').filter(({ verb }) => verb === 'hold'),
    ].map((event) => event.seq)
    this.#points = new Set([...finding.points, ...finding.schedule.map(({ point }) => point)])
  }

  take(event: Event): void {
    switch (event.type) {
      case 'sent': this.#sent(event); break
      case 'delivered': this.#deliver(event); break
      case 'operation-started': this.#start(event); break
      case 'operation-forwarded': this.#forward(event); break
      case 'operation-ended': this.#end(event); break
      case 'operation-answered': this.#answer(event); break
      case 'settled': this.#settle(event); break
      case 'settlement-lost': this.#lose(event); break
      case 'effect-observed': this.#effect(event); break
      case 'incarnation-ready': this.#ready(event); break
      case 'incarnation-exited': this.#exit(event); break
      case 'fault-held': this.#hold(event); break
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
    const again = event.copy > 1 ? ` again (${event.as ?? 'copy'} ${event.copy})` : ''
    const bad = event.as === 'undecodable' ? ' (can\'t be decoded)' : ''
    const outcome = event.outcome === 'ok' ? '' : ` (${event.outcome})`
    const label = `${this.#letter(event.message)}sent${again}${bad}${outcome}`
    this.#arrow(event, { from: PRODUCER, to: `link:${source}`, label })
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
      label: `${this.#letter(message)}${again ? 'delivered again' : 'delivered'}`, tone: again ? 'again' : 'plain',
    })
  }

  #start(event: EventOf<'operation-started'>): void {
    if (!this.#isShown(event)) return
    this.#started.set(event.operation, event)
    this.#lives.add(event.incarnation)
    const [from, to] = [`life:${event.incarnation}`, `link:${event.link}`]
    const forwarded = this.#forwarded.get(event.operation)
    const label = `${this.#letter(event.message)}${labelOf(event)}`
    const withheld = forwarded === undefined ? 'lost' : this.#wasHeldBetween(event.seq, forwarded) ? 'held' : undefined
    this.#arrow(event, withheld === undefined ? { from, to, label } : { from, to, label, stops: withheld })
  }

  #isShown(event: EventOf<'operation-started'>): boolean {
    if (event.handshake) return false
    const { messages, finding } = this.#evidence
    const { message, cause } = event
    if (message !== undefined && messages.has(message) && (messages.size <= WHOLE_MAX || message === finding.message)) {
      return true
    }
    if (cause === 'start' && finding.context === 'start') return true
    const key = operationKey(event)
    return message === undefined
      && (this.#points.has(pointName(key, 'before')) || this.#points.has(pointName(key, 'after')))
  }

  #wasHeldBetween(from: number, to: number): boolean {
    return this.#held.some((seq) => seq > from && seq < to)
  }

  #forward(event: EventOf<'operation-forwarded'>): void {
    const start = this.#started.get(event.operation)
    if (start === undefined || !this.#wasHeldBetween(start.seq, event.seq)) return
    this.#arrow(event, {
      from: `life:${start.incarnation}`, to: `link:${start.link}`,
      label: `${this.#letter(start.message)}${start.kind} arrives only now`, tone: 'fault',
    })
  }

  #end(event: EventOf<'operation-ended'>): void {
    const start = this.#started.get(event.operation)
    if (start === undefined || start.oneWay) return
    const answered = this.#answered.get(event.operation)
    const isHeld = answered !== undefined && this.#wasHeldBetween(event.seq, answered)
    const said = event.outcome === 'ok' ? 'ok' : `${event.outcome}${event.detail === '' ? '' : `: ${event.detail}`}`
    const last = this.rows.at(-1)
    if (answered !== undefined && !isHeld && last?.seq === start.seq) {
      this.#extend({ said, also: [...last.also, event.seq] })
      return
    }
    const [from, to] = [`link:${start.link}`, `life:${start.incarnation}`]
    if (isHeld) this.#arrow(event, { from, to, stops: 'held', label: `${said}, held back`, tone: 'fault' })
    else if (answered !== undefined) this.#arrow(event, { from, to, label: `${start.kind}: ${said}` })
    else this.#arrow(event, { from, to, stops: 'lost', label: `${said}, never told`, tone: 'fault' })
  }

  /** A reply that was held back. */
  #answer(event: EventOf<'operation-answered'>): void {
    const start = this.#started.get(event.operation)
    if (start === undefined || start.oneWay) return
    const ended = eventsOf(this.#evidence.events, 'operation-ended').find((end) => end.operation === event.operation)
    if (ended === undefined || !this.#wasHeldBetween(ended.seq, event.seq)) return
    const [from, to] = [`link:${start.link}`, `life:${start.incarnation}`]
    this.#arrow(event, { from, to, label: `${start.kind}: told only now`, tone: 'fault' })
  }

  /** An acknowledgement is an operation too: then it is one row. */
  #settle(event: EventOf<'settled'>): void {
    if (event.message === undefined || !this.#evidence.messages.has(event.message)) return
    const link = this.#linkOf(event.connection)
    const last = this.rows.at(-1)
    if (last?.from === `life:${event.incarnation}` && last.to === link) {
      const how = event.how === 'ack' ? 'settled' : event.how
      const letter = this.#evidence.letters.get(event.message)
      // One acknowledgement can settle several.
      const said = letter === undefined ? how
        : last.said?.startsWith(how) === true ? `${last.said}, ${letter}` : `${how} ${letter}`
      this.#extend({ said, also: [...last.also, event.seq] })
    } else {
      const label = `${this.#letter(event.message)}settled: ${event.how}`
      this.#arrow(event, { from: `life:${event.incarnation}`, to: link, label })
    }
  }

  /** On a connection that the broker had closed. */
  #lose(event: EventOf<'settlement-lost'>): void {
    if (event.message === undefined || !this.#evidence.messages.has(event.message)) return
    const last = this.rows.at(-1)
    const from = `life:${event.incarnation}`
    const heard = 'unheard'
    if (last?.from === from && last.to !== undefined && isSourceLane(this.#evidence, last.to)) {
      this.#extend({ label: `${last.label}: ${heard}`, tone: 'fault', stops: 'lost', also: [...last.also, event.seq] })
      return
    }
    const [source = 'source'] = this.#evidence.index.sources
    const label = `${this.#letter(event.message)}settled: ${heard}`
    this.#arrow(event, { from, to: `link:${source}`, label, stops: 'lost', tone: 'fault' })
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

  #ready(event: EventOf<'incarnation-ready'>): void {
    if (this.#lives.size === 0 || this.#lives.has(event.incarnation)) return
    this.#lives.add(event.incarnation)
    this.#at(event, event.incarnation, { label: 'ready', tone: 'plain' })
  }

  #exit(event: EventOf<'incarnation-exited'>): void {
    const { because, signal, code, incarnation } = event
    const isTidied = because !== undefined && because !== 'fault'
    if (!this.#lives.has(incarnation) || isTidied && incarnation !== this.#victim) return
    const how = isTidied ? 'over' : signal === null ? `exited, code ${code ?? 'unknown'}` : `ended by ${signal}`
    this.#endSpans(incarnation, event.seq)
    this.#at(event, incarnation, { label: how, tone: isTidied ? 'plain' : 'fault', ends: true })
  }

  #hold(event: EventOf<'fault-held'>): void {
    const { incarnation, fault, point } = event
    const who = incarnation === undefined ? '' : `: ${incarnation} stands`
    this.#note(event, `${fault}${who} at ${placesOf(fault, point)[0] ?? point}`, 'fault')
    this.#victim = incarnation
    const isWhole = (faults[kindOf(fault)]?.holds ?? 'everything') === 'everything'
    if (incarnation !== undefined && isWhole) this.#span(incarnation, 'held', event.seq)
  }

  /** The second who stands somewhere, or why it does not. */
  #holdTwin(event: EventOf<'fault-did'>): void {
    const [, point] = placesOf(event.fault, event.point)
    const twin = [...this.#lives].findLast((life) => life !== this.#victim)
    if (point === undefined || twin === undefined || this.#isFirstHold(event)) return
    const stands = event.detail.startsWith('withheld')
    this.#note(event, stands ? `${event.fault}: ${twin} stands at ${point}` : event.detail, 'fault')
    if (stands) this.#span(twin, 'held', event.seq)
  }

  #isFirstHold({ seq, step, point }: EventOf<'fault-did'>): boolean {
    return !eventsOf(this.#evidence.events, 'fault-did').some((did) => did.verb === 'hold' && did.seq < seq
      && did.step === step && did.point === point)
  }

  #did(event: EventOf<'fault-did'>): void {
    const { verb, detail } = event
    if (verb === 'hold') return this.#holdTwin(event)
    if (quietVerbs.has(verb) || quietEnds.has(detail)) return
    const seenAsExit = verb === 'kill'
      && eventsOf(this.#evidence.events, 'incarnation-exited').some((exit) => exit.because === 'fault')
    if (seenAsExit) return
    const victim = this.#victim
    if (victim === undefined) this.#note(event, `${verb}: ${detail}`, 'fault')
    else if (verb === 'pause') {
      this.#span(victim, 'frozen', event.seq)
      this.#at(event, victim, { label: 'SIGSTOP', tone: 'fault' })
    } else if (verb === 'resume') {
      this.#endSpans(victim, event.seq, 'frozen')
      this.#at(event, victim, { label: 'SIGCONT', tone: 'fault' })
    } else if (verb === 'warp') {
      this.#note(event, `the broker takes back what ${victim} has; ${victim} is not told`, 'fault')
    } else if (verb === 'release') this.#release(event)
    else if (verb === 'answer') this.#note(event, detail, 'fault')
    else this.#note(event, `${verb}: ${detail}`, 'fault')
  }

  /** Of a program with two who stand somewhere, each is let go by name. */
  #release(event: EventOf<'fault-did'>): void {
    const held = [...this.#lives].find((life) => event.detail.includes(` ${life} `)) ?? this.#victim
    if (held === undefined) return
    this.#endSpans(held, event.seq)
    this.#at(event, held, { label: 'goes on', tone: 'fault' })
  }

  #span(incarnation: string, kind: Span['kind'], from: number): void {
    this.spans.push({ lane: `life:${incarnation}`, kind, from, to: undefined })
  }

  #endSpans(incarnation: string, to: number, kind?: Span['kind']): void {
    for (const [i, span] of this.spans.entries()) {
      const isMeant = span.lane === `life:${incarnation}` && (kind === undefined || span.kind === kind)
      if (isMeant && span.to === undefined) this.spans[i] = { ...span, to }
    }
  }

  /** `A: `, where there are several messages. */
  #letter(message: string | undefined): string {
    const letter = message === undefined ? undefined : this.#evidence.letters.get(message)
    return letter === undefined ? '' : `${letter}: `
  }

  #linkOf(connection: string): string {
    return `link:${this.#evidence.index.links.get(connection) ?? this.#evidence.index.sources[0] ?? 'source'}`
  }

  #note(event: Event, label: string, tone: Tone): void {
    this.rows.push({ ...headOf(event), label, tone })
  }

  /** At one process's lane. */
  #at(event: Event, incarnation: string, row: Pick<Row, 'label' | 'tone'> & Partial<Pick<Row, 'ends'>>): void {
    this.rows.push({ ...headOf(event), ...row, from: `life:${incarnation}` })
  }

  #arrow(event: Event, arrow: Pick<Row, 'from' | 'to' | 'label'> & Partial<Pick<Row, 'tone' | 'stops'>>): void {
    this.rows.push({ ...headOf(event), tone: 'plain', ...arrow })
  }

  #extend(change: Partial<Pick<Row, 'label' | 'said' | 'also' | 'stops' | 'tone'>>): void {
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

export function isSourceLane({ index }: Evidence, id: string): boolean {
  return id.startsWith('link:') && index.sources.includes(nameIn(id))
}

export function nameIn(id: string): string {
  return id.slice(id.indexOf(':') + 1)
}
