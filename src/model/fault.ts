/**
 * A fault is data: a name, where it applies, a program of verbs, and a predicate that says from the history alone
 * whether it fired. The nemesis knows the verbs and no fault's name; a fault knows no protocol.
 */
import type { Side } from './point.ts'
import type { StepView } from './history.ts'

export type Verb =
  /** Withhold the crossing's request or reply and everything the subject sends from then on. */
  | { readonly verb: 'hold' }
  | { readonly verb: 'kill' }
  /** SIGTERM; what is held is let go once it was delivered; SIGKILL after the grace. */
  | { readonly verb: 'stop' }
  | { readonly verb: 'start' }
  /** Break the link of the crossing, at the server and at the subject; what is held on it is dropped. */
  | { readonly verb: 'cut' }
  /** Let what is held go on its way. */
  | { readonly verb: 'release' }
  /** Forward the held request of the dead subject on its upstream connection, which was kept open. */
  | { readonly verb: 'forward' }
  /** The producer sends the same logical message again. */
  | { readonly verb: 'send-again' }
  | { readonly verb: 'await'; readonly what: 'settled'; readonly withinMs: number }

export interface FaultPlace {
  readonly sides: readonly Side[]
  /** `worlds`: distinct states that a dead process leaves behind. `crossings`: both sides of every operation. */
  readonly unit: 'worlds' | 'crossings' | 'message'
  readonly operations: 'changing' | 'all'
  readonly links: 'all' | 'not-lease'
}

export interface Fault {
  readonly name: FaultName
  /** One sentence for reports: what happens. */
  readonly story: string
  readonly at: FaultPlace
  readonly program: readonly Verb[]
  /** Needs two live incarnations, or one dead with an open connection beside a live one. */
  readonly overlaps: boolean
  /** Upstream connections of a killed subject stay open until the program is over. */
  readonly keepsUpstream: boolean
  /** Also strikes the operations that another fault has brought up. */
  readonly strikesRecovery: boolean
  /** Accuses only where the contract allows the upstream to do this; elsewhere it measures. */
  readonly contract?: 'producer-duplicates'
  fired(step: StepView): boolean
}

export type FaultName = string
