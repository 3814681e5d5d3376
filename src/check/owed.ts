/**
 * Whether a message owes its effects at all, so that their absence means something.
 *
 * It does when it came to its end at the broker, was not put where the suite lets messages end instead, can be read,
 * and its cell was read back afterwards.
 */
import { endedDeclared, fateOf, isUndecodable, maybeDeadLettered, silenceCounts } from './fate.ts'
import type { MessageView, View } from './view.ts'

export function mayMiss(view: View, message: MessageView): boolean {
  if (!silenceCounts(view, message) || endedDeclared(view, message)) return false
  if (maybeDeadLettered(view, message) || isUndecodable(message)) return false
  const fate = fateOf(view, message)
  return fate === 'settled' || fate === 'dead-lettered'
}
