/**
 * Messages as text for tests: what was sent and answered, in one line, with no more of a body than tests ask for.
 *
 * Test support only; no part of the product imports it.
 */
import { BodyReader, splitMessages } from './messages.ts'

/** Messages as `Q(begin) S`, with what C, Q, P and Z say. */
export function say(bytes: Buffer): string {
  return splitMessages(bytes).map((message) => {
    const reader = new BodyReader(message)
    if (message.kind === 'C' || message.kind === 'Q') return `${message.kind}(${reader.string()})`
    if (message.kind === 'P') return `P(${reader.string()}|${reader.string()})`
    if (message.kind === 'B') return `B(${reader.string()}|${reader.string()})`
    return message.kind === 'Z' ? `Z${reader.letter()}` : message.kind
  }).join(' ')
}
