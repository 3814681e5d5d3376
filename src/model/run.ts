/**
 * The outcome of a run over one or more suites, and how it tells where it stands. Read by reporters and commands.
 */
import type { Judgement, Verdict } from './verdict.ts'

/** What a long run says while it goes on. None of it may throw. */
export interface Progress {
  /** A phase is over. */
  phase(suite: string, phase: string, detail: string): void
  /** One more step is over. */
  step(done: number, planned: number, text: string): void
  line(text: string): void
}

export interface SuiteResult {
  readonly name: string
  /** Absolute path of the suite. */
  readonly file: string
  readonly verdict: Verdict
  readonly profile: 'quick' | 'full'
  /** Flags on the command line left something out of the profile. */
  readonly partial: boolean
  readonly judgement: Judgement
  /** Why the suite could not be run, in one sentence; its verdict is inconclusive then. */
  readonly failure?: string
  /** Folder of its history and repros. */
  readonly folder: string
  /** Subject identity: hash over command, interpreter, files. */
  readonly subject?: SubjectIdentity
  readonly durationMs: number
}

export interface SubjectIdentity {
  readonly hash: string
  readonly command: readonly string[]
  readonly interpreter: string
  readonly commit?: string
  readonly dirty?: boolean
}

export interface RunResult {
  /** The run folder, absolute. */
  readonly folder: string
  readonly suites: readonly SuiteResult[]
  readonly verdict: Verdict
  readonly exitCode: number
  readonly seed: string
  readonly command: string
  readonly startedAt: string
  readonly versions: Readonly<Record<string, string>>
  readonly environment: string
}
