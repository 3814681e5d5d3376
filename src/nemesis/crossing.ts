/**
 * A crossing in waiting: lets what must be over go on, withholds the rest, and says when the point is reached.
 *
 * From then on everything that the subject sends is withheld, so that the world stays the one that the point names (or
 * only what its fault wants: the operation, or the message).
 * Reads pass until then; operations that no baseline showed pass too and are reported as a deviation when they may
 * change state.
 */
import type { Fault } from '../model/fault.ts'
import type { Point } from '../model/point.ts'
import type { Decision } from '../tap/connection.ts'
import type { LiveOperation } from './live-operation.ts'

/** What a crossing lets pass. */
export interface CrossingRules {
  /** Keys of all operations that the context is known to have. */
  readonly known: ReadonlySet<string>
  /** Operations of the message that are not to be over at the crossing are withheld until it is reached. */
  readonly holdsOthers: boolean
  /** Which ones: those that come every time. One that comes now and then may stand before what is waited for. */
  readonly others?: ReadonlySet<string>
  /** What is withheld once it is reached; everything by default. */
  readonly holds?: Fault['holds']
  readonly isRepeated?: boolean
  /** Messages that are kept in hand, by withholding their settlement, until it is reached. */
  readonly keeps?: ReadonlySet<string>
}

export class Crossing {
  readonly point: Point
  /** Resolves when the point is reached. */
  readonly reached: Promise<void>
  /** The incarnation that stands at the point. */
  holder: string | undefined
  /** First unknown state-changing operation before the crossing. */
  deviation: string | undefined
  /** Met before in this step: its operation may well not come again. */
  readonly isRepeated: boolean
  readonly #known: ReadonlySet<string>
  readonly #holdsOthers: boolean
  readonly #others: ReadonlySet<string>
  readonly #holds: NonNullable<Fault['holds']>
  readonly #keeps: ReadonlySet<string>
  readonly #over = new Set<string>()
  #state: 'armed' | 'reached' | 'off' = 'armed'
  #withheld: LiveOperation[] = []
  readonly #finished = new Map<string, LiveOperation>()
  #announce: () => void = () => undefined

  readonly #message: string
  #beganBy: string | undefined

  /** `message` is the step's: what belongs to another one passes. */
  constructor(message: string, point: Point, rules: CrossingRules) {
    this.point = point
    this.isRepeated = rules.isRepeated ?? false
    this.#message = message
    this.#known = rules.known
    this.#holdsOthers = rules.holdsOthers
    this.#others = rules.others ?? rules.known
    this.#holds = rules.holds ?? 'everything'
    this.#keeps = rules.keeps ?? new Set()
    this.reached = new Promise((resolve) => {
      this.#announce = resolve
    })
  }

  get isReached(): boolean {
    return this.#state === 'reached'
  }

  /** Operations that were ready to go and are withheld, in order. */
  get withheld(): readonly LiveOperation[] {
    return this.#withheld
  }

  /** The latest operation of this name that is over. */
  lastOver(key: string): LiveOperation | undefined {
    return this.#finished.get(key)
  }

  /** Whether the server's reply to it was read, armed or not. */
  wasAnswered(op: LiveOperation): boolean {
    return this.#finished.get(op.key) === op
  }

  /** Everything may pass again. */
  disarm(): void {
    this.#state = 'off'
  }

  request(op: LiveOperation | undefined): Decision {
    if (this.#state === 'off') return 'pass'
    if (this.#state === 'reached') {
      if (this.#holds === 'operation') return 'pass'
      if (this.#holds === 'message' && op?.message !== this.#message) return 'pass'
      if (op !== undefined) this.#note(op)
      return 'hold'
    }
    if (op === undefined || op.handshake || op.cause === 'background') return 'pass'
    if (op.message !== undefined && op.message !== this.#message) {
      return op.settles === true && this.#keeps.has(op.message) ? 'hold' : 'pass'
    }
    return this.#armedRequest(op)
  }

  /** What an incarnation has begun that went by itself is not the world of the point, whoever goes on with it. */
  #begunBy(op: LiveOperation): void {
    if (op.message === undefined || this.isRepeated || this.point.context === 'recovery') return
    this.#beganBy ??= op.incarnation
    if (this.#beganBy !== op.incarnation) this.deviation ??= `${op.key}, of another incarnation than began it`
  }

  #armedRequest(op: LiveOperation): Decision {
    this.#begunBy(op)
    const itself = this.point.side === 'before' && op.key === this.point.operation
    if (!itself && (op.reads || this.point.done.includes(op.key))) return 'pass'
    if (!itself && !this.#known.has(op.key)) {
      this.deviation ??= op.key
      return 'pass'
    }
    if (!itself && !(this.#holdsOthers && this.#others.has(op.key))) return 'pass'
    this.#note(op)
    this.#check(op)
    return 'hold'
  }

  /** A one-way operation has gone upstream. */
  forwarded(op: LiveOperation): void {
    if (op.oneWay) this.#finish(op)
  }

  /** The server's reply to it was read. */
  ended(op: LiveOperation): void {
    this.#finish(op)
  }

  /** The reply of the operation that the point speaks of is withheld from its first byte. */
  reply(op: LiveOperation | undefined): Decision {
    if (this.#state === 'off' || op === undefined || this.point.side === 'before') return 'pass'
    const ours = op.cause !== 'background' && (op.message === undefined || op.message === this.#message)
    return ours && op.key === this.point.operation ? 'hold' : 'pass'
  }

  #finish(op: LiveOperation): void {
    if (op.cause === 'background' || (op.message !== undefined && op.message !== this.#message)) return
    this.#finished.set(op.key, op)
    if (this.#state !== 'armed') return
    this.#over.add(op.key)
    this.#check(op)
  }

  #note(op: LiveOperation): void {
    if (!this.#withheld.includes(op)) this.#withheld.push(op)
  }

  #check(latest: LiveOperation): void {
    if (this.#state !== 'armed') return
    if (!this.point.done.every((key) => this.#over.has(key))) return
    if (this.point.side === 'before' && !this.#withheld.some((op) => op.key === this.point.operation)) return
    this.#state = 'reached'
    this.holder = latest.incarnation
    this.#announce()
  }
}
