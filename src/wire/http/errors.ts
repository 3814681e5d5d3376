/**
 * Errors that an HTTP server can return: too many requests, a failure before the work, an outage, a failure after it.
 *
 * RFC 9110, section 15.6: a 5xx says nothing about what was done. So 500 comes in two kinds: the server never heard of
 * the request, or it carried it out and its answer is replaced. 429 (RFC 6585) and 503 are refusals. The connection
 * stays what it was: a kept one is kept, one that the client closes after this request is closed (RFC 9112, 9.3).
 */
import type { OperationStart, Outcome, Refusal } from '../../model/wire.ts'
import { outcomeOf } from './dialect.ts'
import type { Head } from './message-reader.ts'
import { finalStatus, wholeRequest } from './whole-message.ts'

/** The shortest wait that the header can name but none. */
const RETRY_AFTER = 'retry-after: 1\r\n'

interface HttpError {
  readonly status: string
  readonly headers: string
  readonly isDone: boolean
}

/** A response of the harness's own in place of the server's. */
export interface OwnResponse {
  /** `503 Service Unavailable`. */
  readonly status: string
  /** Lines, each with its end; none about the connection or the length. */
  readonly headers: string
  readonly body: string
  /** The server gets the request all the same, and its answer is replaced. */
  readonly isDone: boolean
}

const errors: ReadonlyMap<string, HttpError> = new Map([
  ['429', { status: '429 Too Many Requests', headers: RETRY_AFTER, isDone: false }],
  ['500', { status: '500 Internal Server Error', headers: '', isDone: false }],
  ['503', { status: '503 Service Unavailable', headers: RETRY_AFTER, isDone: false }],
  ['500-done', { status: '500 Internal Server Error', headers: '', isDone: true }],
])

export function errorsOf(start: OperationStart): readonly string[] {
  if (start.oneWay || start.kind === 'CONNECT') return []
  return [...errors].filter(([, error]) => !error.isDone || !start.reads).map(([name]) => name)
}

export function refuse(name: string, request: Buffer, start: OperationStart): Refusal | undefined {
  const error = errors.get(name)
  if (error === undefined || !errorsOf(start).includes(name)) return undefined
  const body = JSON.stringify({ error: error.status.slice(4) })
  return refuseWith({ ...error, headers: `${error.headers}content-type: application/json\r\n`, body }, request)
}

/** Undefined for what is not one whole request. */
export function refuseWith(own: OwnResponse, request: Buffer): Refusal | undefined {
  const head = wholeRequest(request)?.head
  if (head === undefined) return undefined
  const { method } = head
  const connection = connectionOf(head, request)
  const response = responseOf(own, method, connection)
  return {
    request: own.isDone ? request : undefined,
    complete: (reply) => finalStatus(reply, method) !== undefined,
    answer: () => response,
    outcome: (reply): Outcome => (own.isDone ? outcomeOf(finalStatus(reply, method) ?? 500) : 'failed'),
    closes: connection === 'close',
  }
}

/** What the client asks for; HTTP/1.0 closes unless it says otherwise, and is told so. */
function connectionOf(head: Head, request: Buffer): 'close' | 'keep-alive' | undefined {
  const asked = (head.headers.get('connection') ?? '').toLowerCase().split(',').map((word) => word.trim())
  if (asked.includes('close')) return 'close'
  const line = request.toString('latin1', 0, Math.max(0, request.indexOf('\n')))
  if (!/ HTTP\/1\.0\r?$/.test(line)) return undefined
  return asked.includes('keep-alive') ? 'keep-alive' : 'close'
}

/** A response to HEAD tells the length that the body would have, and has none. */
function responseOf({ status, headers, body }: OwnResponse, method: string, connection: string | undefined): Buffer {
  const kept = connection === undefined ? '' : `connection: ${connection}\r\n`
  const length = `content-length: ${Buffer.byteLength(body)}\r\n`
  return Buffer.from(`HTTP/1.1 ${status}\r\n${headers}${kept}${length}\r\n${method === 'HEAD' ? '' : body}`)
}
