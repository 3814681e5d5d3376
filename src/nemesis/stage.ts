/**
 * What a verb works on: the victim, the crossing it waits at, and the cell around them. Verbs know nothing else.
 */
import type { Fault } from '../model/fault.ts'
import type { Point } from '../model/point.ts'
import type { Outcome, WireProtocol } from '../model/wire.ts'
import type { TapConnection } from '../tap/connection.ts'
import type { Crossing } from './crossing.ts'

export interface Victim {
  readonly id: string
  connections(): readonly TapConnection[]
  wireOf(link: string): WireProtocol
  kill(because: 'fault'): Promise<void>
  stop(because: 'fault', graceMs: number, delivered: () => void): Promise<string>
  cut(link: string): Promise<string>
}

export interface Stage {
  readonly fault: Fault
  readonly point: Point
  readonly victim: Victim
  readonly crossing: Crossing | undefined
  readonly leaseLinks: ReadonlySet<string>
  readonly graceMs: number
  /** How long a crossing may take to be reached. */
  readonly reachMs: number
  readonly signal: AbortSignal
  /** Withheld frames may go again; nothing is armed. */
  disarm(): void
  /** The journal is on disk before the world is changed. */
  flush(): void
  held(withheld: readonly string[], proven: Outcome): void
  startSuccessor(): Promise<void>
  sendAgain(): Promise<Outcome>
  /** Whether every message of the step was settled in time, or what kept the current incarnation from it. */
  settled(withinMs: number): Promise<'settled' | 'late' | 'blocked'>
}

/** What a verb did, in words for the history; the fault's predicate may look at their beginning. */
export type Carried = { readonly detail: string } | { readonly impossible: string }
