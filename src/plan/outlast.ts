/**
 * How long a late copy is held back, so that what the subject has promised to remember may be forgotten by then.
 *
 * No clock of a subject is moved, so the time is waited for: the declared window and a tenth of it. A window that is
 * longer than anybody waits for is not outlasted, and nothing is claimed of it: the fault is not exercised. Without a
 * declared window the promise is for ever, nothing runs out, and some seconds are as good as any time.
 */
const WAIT_MAX_MS = 5_000
const ROOM_MS = 50

export type Outlasting = { readonly waitMs: number } | { readonly tooLong: string }

export function outlasting(dedupWindowMs: number | undefined): Outlasting {
  if (dedupWindowMs === undefined) return { waitMs: WAIT_MAX_MS }
  const waitMs = Math.ceil(dedupWindowMs * 1.1) + ROOM_MS
  if (waitMs <= WAIT_MAX_MS) return { waitMs }
  return { tooLong: `the declared window of ${dedupWindowMs} ms is not outlasted within ${WAIT_MAX_MS} ms` }
}
