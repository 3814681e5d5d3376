/**
 * Whether a response is whole, and its status: interim responses (100, 103) before it count for nothing.
 *
 * For conversations that the harness holds in the subject's place; a response that only the end of its connection
 * ends never becomes whole here.
 */
import { MessageReader } from './message-reader.ts'
import { followingOf, isInterim } from './session.ts'

/** `method` is the request's: a response to HEAD has no body. */
export function finalStatus(reply: Buffer, method: string): number | undefined {
  let status = 0
  const reader = new MessageReader('RESPONSE', (head) => {
    status = head.status
    return isInterim(status) ? 'none' : followingOf(method, status)
  })
  for (const stretch of reader.read(reply)) {
    if (stretch.isEnd && stretch.head !== undefined && isInterim(stretch.head.status)) continue
    if (stretch.isEnd) return status
  }
  return undefined
}
