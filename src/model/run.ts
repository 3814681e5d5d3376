/**
 * The result of one run over one or several suites, and how a run says that it is still going on.
 *
 * Made by `run/`, written and printed by `report/`. It holds what reports need beside the judgement, as plain data,
 * so that a stored run can be reported again. It does not hold the histories: those are files beside it.
 */
import type { Judgement, Verdict } from './verdict.ts'
import type { ProfileName } from './suite.ts'

/** What a run tells while it works. Never part of the history: progress decides nothing. */
export interface Progress {
  /** A phase of a suite has ended. */
  phase(suite: string, phase: string, detail: string): void
  /** `done` of `planned` steps; `text` says what is being done. */
  step(done: number, planned: number, text: string): void
  /** Something worth a line of its own. */
  line(text: string): void
}

/** Who was judged: the hash of its command, interpreter and files. */
export interface SubjectFacts {
  /** sha256, hexadecimal. */
  readonly hash: string
  readonly files: number
  /** Files that the hash says nothing of. */
  readonly left: number
  readonly commit?: string
  readonly dirty?: boolean
  readonly command: readonly string[]
  readonly interpreter: { readonly path: string; readonly version?: string }
}

/** What the profile covers; all else is left out and named. */
export interface ScopeFacts {
  readonly faults: readonly string[]
  readonly contexts: readonly string[]
  /** Faults were chosen by hand, or the exploration was cut short on purpose: no badge, `certified (partial)`. */
  readonly partial: boolean
}

export interface ContractFacts {
  readonly producerDuplicates?: boolean
  readonly replayWithinMs?: number
  readonly dedupWindowMs?: number
}

export interface SuiteResult {
  readonly name: string
  /** Absolute path of the suite file. */
  readonly file: string
  readonly profile: ProfileName
  readonly verdict: Verdict
  readonly judgement: Judgement
  /** The claim in words; report/claim.ts makes it. */
  readonly claim: string
  readonly scope: ScopeFacts
  readonly contract: ContractFacts
  /** Links that passed without being decoded. */
  readonly notDecoded: readonly string[]
  /** Undefined where it could not be determined: then there is no certificate. */
  readonly subject: SubjectFacts | undefined
  /** sha256 of the suite file, hexadecimal. */
  readonly suiteHash: string
  /** Of servers and tools, by name. */
  readonly versions: Readonly<Record<string, string>>
  /** Why the suite could not be run, in one sentence; nothing was judged then. */
  readonly failure?: string
  /** The journal, relative to the run folder. */
  readonly history: string
  readonly durationMs: number
}

/** Why a run ended. */
export type RunEnd = 'completed' | 'budget' | 'interrupted' | 'error'

export interface RunResult {
  /** Absolute path of the run folder. */
  readonly folder: string
  readonly seed: string
  /** What was typed. */
  readonly command: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly durationMs: number
  readonly end: RunEnd
  readonly suites: readonly SuiteResult[]
  /** The worst of the suites' verdicts. */
  readonly verdict: Verdict
  readonly exitCode: number
}

/** `replay` of one finding. */
export interface ReplayResult {
  readonly id: string
  readonly k: number
  readonly n: number
  readonly exitCode: number
}
