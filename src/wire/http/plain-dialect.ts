/**
 * HTTP that means nothing but itself: calls are named by method and path, answers by their status.
 *
 * The first 64 KiB of a body are searched for what ties a call to its message; answers pass unread.
 */
import { textOfOpaque } from '../opaque-text.ts'
import { outcomeOf, type HttpDialect } from './dialect.ts'
import type { Head } from './message-reader.ts'
import { stablePath, withoutOrigin } from './stable-path.ts'

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export const plainDialect: HttpDialect = {
  bodyBytesMax: 64 * 1024,
  readsResponses: false,
  ask: ({ op, head, body }) => ({
    starts: {
      op, kind: head.method, text: stablePath(head.target), reads: READS.has(head.method), oneWay: false,
      values: valuesOf(head, body),
    },
  }),
  answer: ({ op, head: { status } }) => ({ end: { op, outcome: outcomeOf(status), detail: `${status}` } }),
}

function valuesOf(head: Head, body: Buffer): string[] {
  const values = [textOfOpaque(body), head.headers.get('idempotency-key') ?? '', withoutOrigin(head.target)]
  return values.filter((value) => value !== '')
}
