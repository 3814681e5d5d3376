/**
 * What a throw means: the harness could not do its work. Classes by who must act; anomalies are never errors.
 * A message is one sentence, fact first, then what to try.
 */
abstract class HarnessError extends Error {
  abstract readonly code: string
}

/** The person at the keyboard: a bad option, a bad suite. */
export class UsageError extends HarnessError {
  readonly code = 'USAGE'
}

/** The machine: a part that is missing, a port that is taken. */
export class EnvironmentError extends HarnessError {
  readonly code = 'ENVIRONMENT'
}

/** The subject never became ready, or broke the contract between it and the harness. */
export class SubjectError extends HarnessError {
  readonly code = 'SUBJECT'
}

/** Bytes that claim to be a known frame and do not decode. */
export class WireError extends HarnessError {
  readonly code = 'WIRE'
  readonly protocol: string
  /** Hex of at most 64 bytes. */
  readonly hex: string

  constructor(protocol: string, what: string, bytes: Uint8Array) {
    const hex = Buffer.from(bytes.subarray(0, 64)).toString('hex')
    super(`${protocol}: ${what} (bytes ${hex === '' ? 'none' : hex})`)
    this.protocol = protocol
    this.hex = hex
  }
}

/** Something did not happen in time. */
export class DeadlineError extends HarnessError {
  readonly code = 'DEADLINE'
  readonly limitMs: number

  constructor(what: string, limitMs: number, last: string) {
    super(`${what} did not happen within ${limitMs} ms: ${last}`)
    this.limitMs = limitMs
  }
}

/** A bug of ours, found by `assert`. */
export class InvariantError extends HarnessError {
  readonly code = 'INVARIANT'
}

/** The person pressed Ctrl-C. */
export class InterruptedError extends HarnessError {
  readonly code = 'INTERRUPTED'
}

export { HarnessError }
