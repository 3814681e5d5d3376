/**
 * What a verb works on: the victim, the crossings, and the cell around them. Verbs know nothing else.
 *
 * The victim stands at the crossing; its twin is whoever was started last. Where nobody was started both are one.
 */
import type { Fault, Verb, Who } from '../model/fault.ts'
import type { Point } from '../model/point.ts'
import type { Outcome, WireProtocol } from '../model/wire.ts'
import type { Outlasting } from '../plan/outlast.ts'
import type { TapConnection } from '../tap/connection.ts'
import type { Crossing } from './crossing.ts'

export interface Victim {
  readonly id: string
  connections(): readonly TapConnection[]
  wireOf(link: string): WireProtocol
  kill(because: 'fault' | 'rest'): Promise<void>
  /** Only the descendant that owns the subject's end of a connection. */
  killChild(connection: string): Promise<string>
  stop(because: 'fault', graceMs: number, delivered: () => void): Promise<string>
  pause(): Promise<void>
  resume(): void
  cut(link: string): Promise<string>
  /** The broker takes back what it has handed out over a link; the subject goes on and is not told. */
  revoke(link: string): Promise<number>
  /** Claims that outlive a link's connections end now; says how many. */
  expire(link: string): Promise<number>
}

export interface Stage {
  readonly fault: Fault
  readonly point: Point
  readonly victim: Victim
  readonly twin: Victim
  readonly crossing: Crossing | undefined
  /** Where the twin is to stand, for faults with two preemptions. */
  readonly twinCrossing: Crossing | undefined
  readonly leaseLinks: ReadonlySet<string>
  /** Links by which messages come, whatever ends the claim on them. */
  readonly claimLinks: ReadonlySet<string>
  readonly graceMs: number
  /** How long a crossing may take to be reached. */
  readonly reachMs: number
  readonly signal: AbortSignal
  /** Withheld frames may go again; nothing is armed. */
  disarm(who?: Who): void
  /** The journal is on disk before the world is changed. */
  flush(): void
  held(withheld: readonly string[], proven: Outcome): Promise<void>
  startSuccessor(version: 'current' | 'next'): Promise<void>
  /** Whoever starts next finds its folders empty. */
  wipe(): void
  send(what: Extract<Verb, { verb: 'send' }>['what']): Promise<Outcome>
  sendAgain(as: Extract<Verb, { verb: 'send-again' }>['as'], what: 'first' | 'all'): Promise<Outcome>
  /** Whether every message of the step was settled in time, or what kept the current incarnation from it. */
  settled(withinMs: number): Promise<Standing>
  /** The same of every message but the one that stands at the crossing. */
  othersSettled(withinMs: number): Promise<Standing>
  /** Whether the twin takes deliveries. */
  ready(withinMs: number): Promise<Standing>
  /** Whether the victim was handed the message again since it stands at the crossing. */
  redelivered(withinMs: number): Promise<boolean>
  /** How the victim came to the end of its work. */
  finished(withinMs: number): Promise<string>
  /** Waits until what the subject promised to remember may be forgotten; says how long that was, or why it can't be. */
  outlast(): Promise<Outlasting>
  /** Why the one who is waited for will not come to a crossing any more; undefined while it may. */
  misses(who: Who): string | undefined
  readonly failures: Failures
}

/** `blocked`: waits for an answer of a server. `passive`: lives, and asks for no deliveries. `gone`: has exited. */
export type Standing = 'settled' | 'ready' | 'late' | 'blocked' | 'passive' | 'gone'

/** A step that fails again and again. */
export interface Failures {
  readonly times: number
  /** Whoever takes over meets the same point again, or nothing when it was the last time. */
  prepare(more: boolean): void
  /** The crossing that was prepared is the crossing now. */
  adopt(): void
}

/** What a verb did, in words for the history; the fault's predicate may look at their beginning. */
export type Carried =
  | { readonly detail: string }
  | { readonly impossible: string }
  /** Nothing of the kind will happen again: a repetition ends here. */
  | { readonly over: string }
