/**
 * The events that prove an anomaly of one message: what was sent, delivered, settled, broken and found.
 *
 * It does not try to be minimal over other messages: one message and its own step are what a reader can follow.
 */
import type { Anomaly, AnomalyKind } from '../model/anomaly.ts'
import type { MessageView } from './view.ts'

/** What stuck messages lack: none of the suite's own effects is meant, but a finding needs some name. */
export const settlementEffect = 'settlement'

const faultTypes: ReadonlySet<string> = new Set(['fault-held', 'fault-did', 'fault-ended'])

export function witnessOf(message: MessageView): number[] {
  const faults = message.step.events.filter((event) => faultTypes.has(event.type))
  const own = [
    ...message.sends, ...message.deliveries, ...message.settlements, ...message.deadLetters,
    ...message.live, ...message.finals,
  ]
  return [...new Set([...own, ...faults].map((event) => event.seq))].sort((a, b) => a - b)
}

export interface Accusation {
  readonly kind: AnomalyKind
  readonly effect: string
  readonly identity?: string
  readonly detail: string
}

export function accuse(message: MessageView, accusation: Accusation): Anomaly {
  return {
    kind: accusation.kind,
    effect: accusation.effect,
    message: message.id,
    identity: accusation.identity,
    step: message.step.id,
    detail: accusation.detail,
    witness: witnessOf(message),
  }
}
