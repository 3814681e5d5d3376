/**
 * wrongly-dead-lettered: a message that can be read, and to which nothing was done, ended among the dead letters.
 *
 * A suite that declares dead letters allows the subject to give up: after a crash, an error or an interruption of its
 * own choice. Where the step did nothing but send messages there is no such reason; a neighbour that can't be decoded
 * is none, nor is one that looks alike. A second copy may well be refused as such.
 */
import type { Anomaly } from '../model/anomaly.ts'
import { eventsOf } from '../model/history.ts'
import type { Evidence } from './effects.ts'
import { copiesOf, isUndecodable, silenceCounts } from './fate.ts'
import type { MessageView, StepInfo } from './view.ts'
import { accuse, settlementEffect } from './witness.ts'

/** Verbs that only send, wait or look. */
const harmless: ReadonlySet<string> = new Set(['send', 'send-again', 'await'])

export function wronglyDeadLettered(evidence: Evidence): Anomaly[] {
  const declared = new Set(evidence.facts.suite?.deadLetter)
  return evidence.messages.flatMap((message) => {
    const dead = message.deadLetters.find((event) => declared.has(event.queue))
    if (dead === undefined || !isGood(evidence, message) || !wasLeftAlone(message.step)) return []
    return [accuse(message, {
      kind: 'wrongly-dead-lettered', effect: settlementEffect,
      detail: `${message.id} is in ${dead.queue}, although it can be decoded and nothing was done to the subject`,
    })]
  })
}

function isGood(evidence: Evidence, message: MessageView): boolean {
  return !isUndecodable(message) && copiesOf(message) === 1 && silenceCounts(evidence, message)
    && message.finals.length === 0
}

/** Neither this step nor the one before it broke anything; what a fault leaves behind can show late. */
function wasLeftAlone(step: StepInfo): boolean {
  return isQuiet(step) && (step.previous === undefined || step.previous.end === 'settled')
}

function isQuiet(step: StepInfo): boolean {
  return eventsOf(step.events, 'fault-did').every((event) => harmless.has(event.verb))
    && eventsOf(step.events, 'fault-held').length === 0
    && eventsOf(step.events, 'incarnation-exited').every((event) => event.because === undefined)
}
