/**
 * One message that is there as a whole: a request as a decoder gave it out, or the response to one of the harness's.
 *
 * For conversations that the harness holds in the subject's place; a response that only the end of its connection
 * ends never becomes whole here.
 */
import { MessageReader, type Head } from './message-reader.ts'
import { followingOf, isInterim } from './session.ts'

export interface WholeMessage {
  readonly head: Head
  readonly body: Buffer
}

/** Undefined for a part of a request, and for more than one. */
export function wholeRequest(request: Buffer): WholeMessage | undefined {
  const stretches = new MessageReader('REQUEST', () => 'body').read(request)
  const isOne = stretches.at(-1)?.isEnd === true && stretches.filter((stretch) => stretch.isEnd).length === 1
  const head = isOne ? stretches.find((stretch) => stretch.head !== undefined)?.head : undefined
  return head === undefined ? undefined : { head, body: Buffer.concat(stretches.flatMap((stretch) => stretch.body)) }
}

/** Interim responses (100, 103) before it count for nothing; `method` is the request's: HEAD gets no body. */
export function wholeResponse(reply: Buffer, method: string): WholeMessage | undefined {
  let head: Head | undefined
  let body: Buffer[] = []
  const reader = new MessageReader('RESPONSE', (read) => {
    return isInterim(read.status) ? 'none' : followingOf(method, read.status)
  })
  for (const stretch of reader.read(reply)) {
    head = stretch.head ?? head
    body.push(...stretch.body)
    if (!stretch.isEnd || head === undefined) continue
    if (!isInterim(head.status)) return { head, body: Buffer.concat(body) }
    head = undefined
    body = []
  }
  return undefined
}

export function finalStatus(reply: Buffer, method: string): number | undefined {
  return wholeResponse(reply, method)?.head.status
}
