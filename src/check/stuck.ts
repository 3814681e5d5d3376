/**
 * stuck: a message never came to an end at the broker, or only because the harness restarted an idle subject.
 *
 * Its last delivery is open or went back, or it was never delivered although the subject took others. No orchestrator
 * restarts a process that runs on: what moves again only after our own restart, with the recovery horizon waited out
 * before it, was stuck. A subject that took nothing at all is a doubt about the set-up, not an anomaly, and so is a
 * message that came after a step which did not settle and whose own fault never fired: there the earlier step is the
 * one to look at. More than twenty deliveries are a `poison-loop` instead.
 */
import type { Anomaly } from '../model/anomaly.ts'
import { eventsOf } from '../model/history.ts'
import type { Evidence } from './effects.ts'
import { fateOf, isFinal, isUndecodable, silenceCounts } from './fate.ts'
import { loops } from './poison-loop.ts'
import { badEndOf, declaresEnd } from './undecodable.ts'
import type { MessageView, StepInfo } from './view.ts'
import { accuse, settlementEffect } from './witness.ts'

export function stuck(evidence: Evidence): Anomaly[] {
  const consumed = evidence.messages.some((message) => message.deliveries.length > 0)
  if (!consumed) return []
  return evidence.messages.filter((message) => isStuck(evidence, message)).map((message) => accuse(message, {
    kind: 'stuck',
    effect: settlementEffect,
    detail: detailOf(evidence, message),
  }))
}

function isStuck(evidence: Evidence, message: MessageView): boolean {
  if (!silenceCounts(evidence, message) || loops(message)) return false
  if (isUndecodable(message)) return declaresEnd(evidence) && badEndOf(evidence, message) === 'open'
  const fate = fateOf(evidence, message)
  if (fate === 'unsettled') return true
  if (fate === 'undelivered') return !blamedOnEarlier(message.step)
  return fate === 'settled' && onlyAfterRestart(evidence, message) && !blamedOnEarlier(message.step)
}

function detailOf(evidence: Evidence, message: MessageView): string {
  const times = message.deliveries.length
  if (times === 0 && isUndecodable(message)) return `${message.id}, which can't be decoded, was never settled`
  if (times === 0) return `${message.id} was sent and never delivered`
  return fateOf(evidence, message) === 'settled'
    ? `${message.id} was settled only after the harness restarted the subject, which ran on without doing anything`
    : `${message.id} was delivered ${times} times and never settled`
}

/** Nothing settled it within the horizon; then the subject was ended at rest, and the next one did. */
function onlyAfterRestart(evidence: Evidence, message: MessageView): boolean {
  const { suite } = evidence.facts
  const ended = eventsOf(message.step.events, 'step-ended').at(-1)
  if (suite === undefined || suite.settlement === 'none' || ended?.reason !== 'unsettled') return false
  const first = message.settlements.find((event) => isFinal(event.how))
  const restart = eventsOf(evidence.history, 'incarnation-exited').find((event) => (
    event.cell === message.cell && event.because === 'rest' && event.seq > ended.seq
  ))
  if (first === undefined || restart === undefined || first.seq < restart.seq) return false
  return restart.atMs - ended.atMs >= suite.horizonMs
}

function blamedOnEarlier(step: StepInfo): boolean {
  const tainted = step.previous !== undefined && step.previous.end !== 'settled'
  return tainted && !step.events.some((event) => event.type === 'fault-ended' && event.end === 'fired')
}
