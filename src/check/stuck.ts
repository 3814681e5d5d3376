/**
 * stuck: a message never came to an end at the broker.
 *
 * Its last delivery is open or went back, or it was never delivered although the subject took others. A subject that
 * took nothing at all is a doubt about the set-up, not an anomaly, and so is a message that came after a step which
 * did not settle and whose own fault never fired: there the earlier step is the one to look at. More than twenty
 * deliveries are a `poison-loop` instead.
 */
import type { Anomaly } from '../model/anomaly.ts'
import type { Evidence } from './effects.ts'
import { fateOf, silenceCounts } from './fate.ts'
import { loops } from './poison-loop.ts'
import type { MessageView, StepInfo } from './view.ts'
import { accuse, settlementEffect } from './witness.ts'

export function stuck(evidence: Evidence): Anomaly[] {
  const consumed = evidence.messages.some((message) => message.deliveries.length > 0)
  if (!consumed) return []
  return evidence.messages.filter((message) => isStuck(evidence, message)).map((message) => accuse(message, {
    kind: 'stuck',
    effect: settlementEffect,
    detail: message.deliveries.length === 0
      ? `${message.id} was sent and never delivered`
      : `${message.id} was delivered ${message.deliveries.length} times and never settled`,
  }))
}

function isStuck(evidence: Evidence, message: MessageView): boolean {
  if (!silenceCounts(evidence, message) || loops(message)) return false
  const fate = fateOf(evidence, message)
  if (fate === 'unsettled') return true
  return fate === 'undelivered' && !blamedOnEarlier(message.step)
}

function blamedOnEarlier(step: StepInfo): boolean {
  const tainted = step.previous !== undefined && step.previous.end !== 'settled'
  return tainted && !step.events.some((event) => event.type === 'fault-ended' && event.end === 'fired')
}
