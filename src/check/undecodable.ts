/**
 * What became of messages that nobody can read. They owe no effect; they must end where the suite declares that
 * messages may end instead, and where it declares nothing it is only told what became of them and their neighbours.
 *
 * Such a message may be handed over, and found among the dead letters, without a name: its identity can be in the body.
 * Then deliveries of its step that are nobody's are its own, and so are nameless dead letters of its cell.
 */
import type { EventOf } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'
import {
  endedDeclared, finalSettlement, isFinal, isUndecodable, maybeDeadLettered, namelessDeadLetters, settles,
} from './fate.ts'
import type { MessageView, View } from './view.ts'

/** `open`: handed over and not settled; `unseen`: nothing of it was ever seen at the subject. */
export type BadEnd = 'dead-lettered' | 'refused' | 'acknowledged' | 'open' | 'unseen'

/** The suite says where a message may end instead. */
export function declaresEnd(view: View): boolean {
  const { suite } = view.facts
  return suite !== undefined && (suite.deadLetter.length > 0 || suite.reject)
}

/**
 * Steps that only measure: a message that can't be decoded came, and the suite names no place for such. What becomes of
 * it and of the good ones beside it is told, and held against nobody.
 */
export function measuringSteps(view: View): ReadonlySet<string> {
  if (declaresEnd(view)) return new Set()
  return new Set(view.messages.filter(isUndecodable).map((message) => message.step.id))
}

export function badEndOf(view: View, message: MessageView): BadEnd {
  if (message.deadLetters.length > 0 || liesNameless(view, message)) return 'dead-lettered'
  const settled = finalSettlement(message) ?? namelessSettlement(message)
  if (settled !== undefined) return settled.how === 'discard' ? 'refused' : 'acknowledged'
  const delivered = message.deliveries.length > 0 || nameless(message).length > 0
  return delivered ? 'open' : 'unseen'
}

/** It came to an end that the suite allows, or the suite says nothing and there is nothing to hold it to. */
export function isAccounted(view: View, message: MessageView): boolean {
  return !declaresEnd(view) || endedWell(view, message)
}

/** Settled, and not where the suite says that such messages go: it is gone. */
export function isSwallowed(view: View, message: MessageView): boolean {
  if (!isUndecodable(message) || !declaresEnd(view) || endedWell(view, message)) return false
  const end = badEndOf(view, message)
  return (end === 'acknowledged' || end === 'refused') && view.readDeadLetters && !maybeDeadLettered(view, message)
}

/** Whoever may refuse a message may also say so by an acknowledgement. */
function endedWell(view: View, message: MessageView): boolean {
  if (endedDeclared(view, message)) return true
  const end = badEndOf(view, message)
  const refused = end === 'refused' || end === 'acknowledged'
  return (view.facts.suite?.reject === true && refused) || liesNameless(view, message)
}

/** As many dead letters without a name as undecodable messages that are not found among those with one. */
function liesNameless(view: View, message: MessageView): boolean {
  const searched = view.messages.filter((other) => (
    other.cell === message.cell && isUndecodable(other) && other.deadLetters.length === 0
  ))
  return message.deadLetters.length === 0 && searched.length > 0
    && namelessDeadLetters(view, message.cell) >= searched.length
}

function nameless({ step }: MessageView): EventOf<'delivered'>[] {
  return eventsOf(step.events, 'delivered').filter((event) => event.message === undefined)
}

function namelessSettlement(message: MessageView): EventOf<'settled'> | undefined {
  const last = nameless(message).at(-1)
  if (last === undefined || message.deliveries.length > 0) return undefined
  return eventsOf(message.step.events, 'settled').findLast((event) => settles(event, last) && isFinal(event.how))
}
