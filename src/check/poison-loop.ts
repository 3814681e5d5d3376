/**
 * poison-loop: one message is delivered over and over within a step and nothing ends it.
 *
 * The limit is far above what any fault of one step causes (one redelivery each). A message that is settled or dead
 * lettered in the end was slow, not looping, however often it came.
 */
import type { Anomaly } from '../model/anomaly.ts'
import type { Evidence } from './effects.ts'
import { fateOf, isUndecodable } from './fate.ts'
import { declaresEnd } from './undecodable.ts'
import type { MessageView } from './view.ts'
import { groupBy } from './view.ts'
import { accuse, settlementEffect } from './witness.ts'

const deliveriesLimit = 20

export function poisonLoop(evidence: Evidence): Anomaly[] {
  return evidence.messages
    .filter((message) => loops(message) && fateOf(evidence, message) === 'unsettled')
    // Where the suite names no other end, going round is all that is left for what nobody can read.
    .filter((message) => !isUndecodable(message) || declaresEnd(evidence))
    .map((message) => accuse(message, {
      kind: 'poison-loop',
      effect: settlementEffect,
      detail: `${message.id} was delivered ${message.deliveries.length} times and nothing ended it`,
    }))
}

/**
 * More deliveries in one step than any schedule asks for. What comes after the step's end is not counted: a message
 * that is given back now and then is stuck, however long the rest of the campaign takes.
 */
export function loops(message: MessageView): boolean {
  const byStep = groupBy(message.deliveries.filter((event) => event.step !== undefined), (event) => event.step ?? '')
  return [...byStep.values()].some((deliveries) => deliveries.length > deliveriesLimit)
}
