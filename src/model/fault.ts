/**
 * A fault is data: a name, where it applies, a program of verbs, and predicates that say from the history alone whether
 * it fired, or could not apply. The nemesis knows the verbs and no fault's name; a fault knows no protocol.
 *
 * Two incarnations can be on the stage: the victim, which stands at the crossing, and its twin, the one that was
 * started last. Where a program starts none, both are one.
 */
import type { Context, Side } from './point.ts'
import type { StepView } from './history.ts'

export type Who = 'victim' | 'twin'

export type Verb =
  /** Withhold the crossing's request or reply; what else is withheld then is `holds` of the fault. */
  | { readonly verb: 'hold'; readonly who?: Who }
  | { readonly verb: 'kill' }
  /** SIGKILL to the one descendant of the victim that owns the connection of the crossing. */
  | { readonly verb: 'kill-child' }
  /** The next incarnation finds its folders empty. */
  | { readonly verb: 'wipe' }
  /** SIGTERM; what is held is let go once it was delivered; SIGKILL after the grace. */
  | { readonly verb: 'stop' }
  /** SIGSTOP and SIGCONT to the victim's whole group. */
  | { readonly verb: 'pause' }
  | { readonly verb: 'resume' }
  /** Another incarnation, which is the current one from then on; the victim may live on beside it. */
  | { readonly verb: 'start'; readonly version?: 'next' }
  /** Break the link of the crossing, or those that carry the lease, at the server and at the subject. */
  | { readonly verb: 'cut'; readonly links?: 'lease' }
  /** The broker takes back what it has handed to the victim, by its own means; the victim is not told. */
  | { readonly verb: 'warp' }
  /** Let what is held go on its way. */
  | { readonly verb: 'release'; readonly who?: Who }
  /** The victim, which has nothing to do any more, is ended. */
  | { readonly verb: 'leave' }
  /** Forward the held request of the dead subject on its upstream connection, which was kept open. */
  | { readonly verb: 'forward' }
  /** The held request gets an error that its server can return. */
  | { readonly verb: 'answer' }
  /**
   * The producer sends a further message: on the same key, or equal in all that the contract does not vary, or bad.
   * `beside`: one on every lane on which another can be worked on at the same time.
   */
  | { readonly verb: 'send'; readonly what: Further; readonly count?: number }
  /** The step's first message once more, or all that the step has sent. */
  | { readonly verb: 'send-again'; readonly as: 'retry' | 'replay' | 'late'; readonly what: 'first' | 'all' }
  /** The subject's promise to remember runs out. */
  | { readonly verb: 'outlast' }
  /** As often as the broker hands a message over and over without ending it, less one. */
  | { readonly verb: 'repeat'; readonly program: readonly Verb[] }
  | { readonly verb: 'await'; readonly what: Awaited; readonly withinMs: number }

export type Further = 'another' | 'beside' | 'equal' | 'undecodable'

/**
 * `settled`: every message of the step, by whoever. `others`: every one but the first. `ready`: the twin takes
 * deliveries. `redelivered`: the victim has the step's message again. `finished`: the victim has tried to settle, is
 * gone, or has nothing left to do.
 */
export type Awaited = 'settled' | 'others' | 'ready' | 'redelivered' | 'finished'

export interface FaultPlace {
  readonly sides: readonly Side[]
  /**
   * `worlds`: distinct states that a dead process leaves behind. `crossings`: the sides of every operation. `pairs`:
   * two of these, one for the victim and one for its twin. `message`: one place, the whole message.
   */
  readonly unit: 'worlds' | 'crossings' | 'pairs' | 'message'
  readonly operations: 'changing' | 'all'
  readonly links: 'all' | 'not-lease'
  /** Only operations that have a reply. */
  readonly answered?: true
}

export interface Fault {
  readonly name: FaultName
  /** One sentence for reports: what happens. */
  readonly story: string
  readonly at: FaultPlace
  /** Where it strikes; those that a suite or a profile does not have are left out. */
  readonly contexts: readonly Context[]
  readonly program: readonly Verb[]
  /** Needs two live incarnations, or one dead with an open connection beside a live one. */
  readonly overlaps: boolean
  /** Upstream connections of a killed subject stay open until the program is over. */
  readonly keepsUpstream: boolean
  /** Also strikes the operations that another fault has brought up. */
  readonly strikesRecovery: boolean
  /** What it brings up is no place for further faults: it is a matter of timing. */
  readonly explores?: false
  /** What is withheld once the crossing is reached: all that the victim sends (the default), or only the point's. */
  readonly holds?: 'everything' | 'message' | 'operation'
  /** One fault for each error that the operation's server can return; this one is named after `variant`. */
  readonly variant?: string
  /** Accuses only where the contract allows the upstream to do this; elsewhere it measures. */
  readonly contract?: 'producer-duplicates' | 'replay' | 'undecodable'
  /** Is planned only where the suite or the baseline shows this; else the reason is told. */
  readonly needs?: Need
  fired(step: StepView): boolean
  /** Positive evidence that it can't happen to this subject; asked when it did not fire. */
  notApplicable?(step: StepView): string | undefined
}

/** What a campaign may find out about a subject before it plans. */
export type Need = 'short-window' | 'next-version' | 'children' | 'used-disk' | 'prefetch' | 'errors'

export type FaultName = string

/** The same fault for one of the errors that a server can return. */
export function withVariant(fault: Fault, variant: string): Fault {
  return { ...fault, name: `${fault.name} ${variant}`, story: `${fault.story} (${variant})`, variant }
}
