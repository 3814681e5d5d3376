/**
 * The only file that knows what time it is or waits. A wait is a predicate, a deadline and a message; nothing else
 * in the harness may sleep.
 */
import { DeadlineError } from './errors.ts'

/** Monotonic milliseconds. */
export function nowMs(): number {
  return performance.now()
}

/** Wall clock, ISO 8601. */
export function wallTime(): string {
  return new Date().toISOString()
}

export interface Wait {
  /** Ends the sentence "... did not happen within". */
  readonly what: string
  readonly limitMs: number
  /** The last thing that was observed, for the message. */
  readonly last?: () => string
  readonly signal?: AbortSignal
}

/** Asks `probe` every `everyMs` until it answers something other than undefined. */
export async function poll<T>(
  probe: () => Promise<T | undefined> | T | undefined, wait: Wait & { readonly everyMs: number },
): Promise<T> {
  const end = nowMs() + wait.limitMs
  for (;;) {
    const found = await probe()
    if (found !== undefined) return found
    wait.signal?.throwIfAborted()
    if (nowMs() >= end) {
      throw new DeadlineError(wait.what, wait.limitMs, wait.last?.() ?? 'nothing was seen')
    }
    await pause(Math.min(wait.everyMs, Math.max(1, end - nowMs())))
  }
}

/** Rejects with a DeadlineError when the work is not done in time; the work itself is not cancelled. */
export async function within<T>(work: Promise<T>, wait: Wait): Promise<T> {
  if (wait.signal?.aborted === true) {
    // Nobody listens to the work any more, however it ends.
    work.catch(() => undefined)
    throw wait.signal.reason
  }
  let timer: NodeJS.Timeout | undefined
  let stop: () => void = () => undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DeadlineError(wait.what, wait.limitMs, wait.last?.() ?? 'nothing was seen')),
      wait.limitMs,
    )
    stop = () => reject(wait.signal?.reason)
    wait.signal?.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    wait.signal?.removeEventListener('abort', stop)
  }
}

/** Calls back once after a time; the returned function calls it off. For timers that model time itself. */
export function after(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms)
  return () => clearTimeout(timer)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** Lets an observation window of the plan go by: idle windows and tails are measured, not guessed. */
export async function observeFor(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
