/**
 * What happened, one record per fact, in the order in which the harness saw it. Names are past tense.
 *
 * `seq` orders a run; `atMs` is monotonic milliseconds since the run began. `cell` and `step` say where it belongs:
 * a step is the time from its message's first send to the end of all activity. An operation id is unique in a run.
 */
import type { Outcome, Settlement, TransactionRole } from './wire.ts'
import type { Context } from './point.ts'
import type { Content, SharedReading } from './effect.ts'

export interface EventHead {
  readonly seq: number
  readonly atMs: number
  readonly cell: string
  readonly step?: string
}

/**
 * `retry`: the producer sends a message of this step once more; `replay`: settled messages come again in their order;
 * `late`: as `replay`, after the subject's promise to remember ran out.
 */
export type SentAs = 'retry' | 'replay' | 'late' | 'undecodable'

/** Ways in which a planned fault can end. */
export type FaultEnd = 'fired' | 'not-exercised' | 'not-applicable'

export type EventBody =
  | {
      readonly type: 'run-started'
      readonly seed: string
      readonly command: string
      readonly startedAt: string
      readonly host: { readonly cores: number; readonly node: string; readonly platform: string }
      readonly versions: Readonly<Record<string, string>>
    }
  | { readonly type: 'run-ended'; readonly reason: 'completed' | 'budget' | 'interrupted' | 'error' }
  /** A phase of the campaign began or ended. */
  | { readonly type: 'phase-started'; readonly phase: Phase }
  | { readonly type: 'phase-ended'; readonly phase: Phase }
  /** Why a step is made, fixed before it begins. */
  | {
      readonly type: 'step-started'
      readonly phase: Phase
      readonly context: Context
      readonly messages: readonly string[]
      /** The faults of the schedule, in order; none in the baseline. */
      readonly faults: readonly { readonly fault: string; readonly point: string }[]
      /** Of a confirmation: the finding that it tries to see again. */
      readonly confirms?: string
      /** Of a control: what was planted. */
      readonly plants?: { readonly effect: string; readonly what: 'loss' | 'duplicate' }
    }
  | { readonly type: 'step-ended'; readonly reason: StepEnd; readonly detail?: string }
  | {
      readonly type: 'sent'
      readonly message: string
      readonly copy: number
      readonly outcome: Outcome
      /** Not the message's own first send. `undecodable` has no second copy: its one body is none that can be read. */
      readonly as?: SentAs
      /** Values at the workload's key and amount, for effects that several messages share. */
      readonly key?: string
      readonly amount?: number
      /** The source that it was sent to, where the workload has several lanes. */
      readonly lane?: string
    }
  | {
      readonly type: 'incarnation-started'
      readonly incarnation: string
      readonly spare: boolean
      readonly pid: number
      /** The disk that it finds: equal to a predecessor's where it finds what that one has left. */
      readonly disk?: string
      /** What the suite rolls out, not what it certifies. */
      readonly version?: 'next'
    }
  | { readonly type: 'incarnation-ready'; readonly incarnation: string }
  | {
      readonly type: 'incarnation-exited'
      readonly incarnation: string
      readonly code: number | null
      readonly signal: string | null
      /** Why we ended it; undefined when it went by itself. */
      readonly because?: 'fault' | 'rest' | 'recycled' | 'disposed'
      /** The disk that it leaves. */
      readonly disk?: string
    }
  | {
      readonly type: 'connection-opened'
      readonly incarnation: string
      readonly link: string
      readonly connection: string
    }
  | {
      readonly type: 'connection-closed'
      readonly incarnation: string
      readonly link: string
      readonly connection: string
      readonly by: 'subject' | 'server' | 'fault'
    }
  | {
      readonly type: 'delivered'
      readonly incarnation: string
      readonly connection: string
      readonly delivery: string
      /** The producer's id of it; undefined when it is none of ours. */
      readonly message: string | undefined
      readonly redelivered: boolean
      readonly lane: string
    }
  | {
      readonly type: 'settled'
      readonly incarnation: string
      readonly connection: string
      readonly delivery: string
      readonly message: string | undefined
      readonly how: Settlement
    }
  /** The harness made a claim of an incarnation expire, as time would have done; `alive`: it is not told. */
  | {
      readonly type: 'lease-warped'
      readonly incarnation: string
      readonly link: string
      readonly kind: string
      readonly alive: boolean
      readonly done: boolean
      readonly detail: string
    }
  /** All its processes stand still, as the machine says. */
  | { readonly type: 'incarnation-paused'; readonly incarnation: string }
  /** The subject settled on a connection that the broker had closed already: nobody heard of it. */
  | {
      readonly type: 'settlement-lost'
      readonly incarnation: string
      readonly delivery: string
      readonly message: string | undefined
    }
  | {
      readonly type: 'operation-started'
      readonly incarnation: string
      readonly connection: string
      readonly operation: string
      readonly link: string
      readonly kind: string
      readonly text: string
      readonly occurrence: number
      readonly reads: boolean
      readonly oneWay: boolean
      /** Part of opening its connection. */
      readonly handshake: boolean
      readonly transaction?: TransactionRole
      /** What ties it to a message: a token in it, its place after a delivery, or nothing. */
      readonly cause: 'token' | 'order' | 'background' | 'start' | 'unattributed'
      readonly message?: string
      /** As in its name: the lane of its message, where there are several. */
      readonly lane?: string
      readonly values?: readonly string[]
      /** Errors that its server can return to it. */
      readonly errors?: readonly string[]
    }
  /** The server has it. */
  | { readonly type: 'operation-forwarded'; readonly operation: string }
  /** It went into a connection that the server had closed already. */
  | { readonly type: 'operation-lost'; readonly operation: string }
  /** The server's reply was read by the tap. */
  | { readonly type: 'operation-ended'; readonly operation: string; readonly outcome: Outcome; readonly detail: string }
  /** The subject has the reply. */
  | { readonly type: 'operation-answered'; readonly operation: string }
  | {
      readonly type: 'unknown-bytes'
      readonly link: string
      readonly connection: string
      readonly detail: string
      readonly mayChangeState: boolean
    }
  | { readonly type: 'fault-armed'; readonly fault: string; readonly point: string; readonly incarnation: string }
  /** The crossing was reached: what had to be over is over, the rest is withheld. */
  | {
      readonly type: 'fault-held'
      readonly fault: string
      readonly point: string
      /** Who stands there. */
      readonly incarnation?: string
      readonly withheld: readonly string[]
      readonly proven: Outcome
    }
  /** A verb of the fault's program was carried out. */
  | {
      readonly type: 'fault-did'
      readonly fault: string
      readonly point: string
      readonly verb: string
      readonly detail: string
    }
  | {
      readonly type: 'fault-ended'
      readonly fault: string
      readonly point: string
      readonly end: FaultEnd
      readonly detail: string
    }
  | {
      readonly type: 'effect-observed'
      readonly effect: string
      readonly identity: string
      readonly message: string | undefined
      readonly content: Content
      /** When it was read (`final`: after everything was quiet) or seen happening. */
      readonly reading: 'final' | 'live'
      /** Of a row that all messages of one key share. */
      readonly shared?: SharedReading
    }
  | { readonly type: 'backlog-observed'; readonly ready: number; readonly unsettled: number }
  | { readonly type: 'dead-letter-observed'; readonly message: string | undefined; readonly queue: string }
  /** A planted loss or duplicate was seen by the oracle, or not. */
  | {
      readonly type: 'control-ended'
      readonly effect: string
      readonly what: 'loss' | 'duplicate'
      readonly seen: boolean
      readonly how: string
    }
  | { readonly type: 'doubted'; readonly code: string; readonly detail: string; readonly blocking: boolean }
  /** A point that the campaign must exercise, in one context, with these faults. */
  | {
      readonly type: 'point-found'
      readonly point: string
      readonly also: readonly string[]
      readonly context: Context
      readonly faults: readonly string[]
    }
  | { readonly type: 'learned'; readonly what: string; readonly value: unknown }
  | {
      readonly type: 'output'
      readonly incarnation: string
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    }
  | { readonly type: 'noted'; readonly text: string }

export type Phase =
  | 'setup' | 'baseline' | 'controls' | 'sweep' | 'recovery' | 'exhaustive' | 'settle' | 'confirm' | 'replay'

/** `settled`: every delivery over and effects complete or the tail gone by; `unsettled`: the step's limit ran out. */
export type StepEnd = 'settled' | 'unsettled' | 'deviated' | 'not-exercised' | 'aborted'

export type Event = EventHead & EventBody
export type EventOf<T extends EventBody['type']> = EventHead & Extract<EventBody, { type: T }>
