/**
 * A suite as data, after loading: every default filled in, every path absolute. What a person writes is described
 * by `suite/schema.ts`; this is what the rest of the harness reads.
 */
import type { Expectation, SharedHow } from './effect.ts'

export interface Suite {
  readonly name: string
  /** Absolute path of the file it came from. */
  readonly file: string
  readonly sources: Readonly<Record<string, Source>>
  readonly dependencies: Readonly<Record<string, Dependency>>
  readonly setup: readonly { readonly run: string }[]
  readonly subject: Subject
  readonly contract: Contract
  readonly workload: Workload
  readonly effects: Readonly<Record<string, EffectSource>>
  readonly expect: Readonly<Record<string, Expectation>>
  /** Queues where the suite declares that messages may end instead. */
  readonly deadLetter: readonly string[]
  /** The subject may refuse a message for good. */
  readonly reject: boolean
  readonly horizonMs: number | undefined
  readonly settlement: 'wire' | 'none' | SettlementQuery
  readonly allowEgress: readonly { readonly to: string; readonly reason: string }[]
  readonly profile: ProfileName
  /** Names of the faults that the suite asks for; undefined: those of the profile. */
  readonly faults: readonly string[] | undefined
  /** Wanted versions of parts, by name. */
  readonly versions: Readonly<Record<string, string>>
}

export type ProfileName = 'quick' | 'full'

/**
 * The subject's own database says what is over: a row for each message, or for each delivery by the wire's name of it.
 */
export interface SettlementQuery {
  readonly dependency: string
  readonly query: string
}

/** A broker resource that messages come from. `kind` names a registered broker. */
export interface Source {
  readonly kind: string
  /** Where it is part of a dependency, over whose link its messages come. */
  readonly lodging?: Lodging
  /** Protocol-specific settings, already validated by the broker's own schema. */
  readonly settings: Readonly<Record<string, unknown>>
}

export interface Lodging {
  readonly dependency: string
  /** How long a claim on a message lasts; undefined: as long as the connection that has made it. */
  readonly leaseMs: number | undefined
}

/** Something the subject talks to. `kind` names a registered database, sink or plain link. */
export interface Dependency {
  readonly kind: string
  readonly settings: Readonly<Record<string, unknown>>
}

export interface Subject {
  readonly command: readonly string[]
  readonly cwd: string
  /** With templates; wins over the file. */
  readonly env: Readonly<Record<string, string>>
  /** Absolute path of a file of further variables. */
  readonly envFile: string | undefined
  /** Time between SIGTERM and SIGKILL. */
  readonly graceMs: number
  readonly restart: 'always'
  readonly backoffMs: number
  /** The orchestrator never lets two of it live at once. */
  readonly exclusive: boolean
  /** What a rolling deploy puts in its place; undefined: not declared. */
  readonly next: { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>> } | undefined
  /** How long locks of its own live; 0: it has none that outlive it. */
  readonly lockTtlMs: number
}

export interface Contract {
  /** Where a message's identity is on the wire. */
  readonly identity: { readonly header: string } | { readonly property: 'messageId' } | { readonly pointer: string }
  /** The producer may send the same logical message twice; undefined: not declared. */
  readonly producerDuplicates: boolean | undefined
  /** How far back a replay may reach; undefined: not declared. */
  readonly replayWithinMs: number | undefined
  /** How long the subject promises to remember; undefined: for ever. */
  readonly dedupWindowMs: number | undefined
}

export interface Workload {
  /** At least one sample body (JSON values) that distinct messages are made from. */
  readonly samples: readonly unknown[]
  /** JSON pointers whose values are made unique in each message. `*` matches every element. */
  readonly vary: readonly string[]
  /** Pointer of the key that twelve messages in turn share. */
  readonly key: string | undefined
  /** Pointer of the amount that gets distinct powers of two. */
  readonly amount: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Names of the sources that get messages, in turn, where it is more than the first one. */
  readonly lanes?: readonly string[]
}

export type EffectSource =
  | {
      readonly kind: 'sql'
      readonly dependency: string
      readonly query: string
      /** A row belongs to a key of the workload, not to one message. */
      readonly shared?: SharedColumn
    }
  | {
      readonly kind: 'http'
      readonly dependency: string
      readonly id: { readonly pointer: string } | { readonly header: string }
    }
  | {
      readonly kind: 'queue'
      readonly source: string
      readonly queue: string
      readonly id: { readonly pointer: string } | { readonly header: string } | { readonly property: 'messageId' }
    }

/** The column by which a row speaks of all messages of its key. */
export interface SharedColumn {
  readonly how: SharedHow
  readonly column: string
}

/** Undefined for an effect whose rows belong to one message each. */
export function sharedColumn(source: EffectSource): SharedColumn | undefined {
  return source.kind === 'sql' ? source.shared : undefined
}

/** Sources that messages are sent to. */
export function arrivals(
  { workload, sources }: Pick<Suite, 'workload' | 'sources'>,
): readonly (readonly [string, Source])[] {
  const names = workload.lanes ?? Object.keys(sources).slice(0, 1)
  return Object.entries(sources).filter(([name]) => names.includes(name))
}
