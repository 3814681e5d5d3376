/**
 * What is worth printing and never changes a verdict.
 *
 * early-ack: settled before an operation of the same message that changes state; a loss waiting for its crash.
 * slow-recovery: an effect that came later than the learned tail. repeated-delivery, repeated-call: how often the
 * subject had to be idempotent. limit: what was measured outside the contract or inside a weaker expectation.
 */
import type { Observation, ObservationKind } from '../model/anomaly.ts'
import type { EventOf } from '../model/event.ts'
import { eventsOf } from '../model/history.ts'
import { repeats } from './duplicate.ts'
import type { Evidence } from './effects.ts'
import { allowanceOf, copiesOf, finalSettlement } from './fate.ts'
import { copyLimits, undecodableEnds } from './limits.ts'
import { missingOf } from './missing.ts'
import type { MessageView } from './view.ts'
import { isJudged } from './view.ts'

export interface Observer {
  readonly kind: ObservationKind
  observe(evidence: Evidence): Observation[]
}

export const observers: readonly Observer[] = [
  { kind: 'early-ack', observe: earlyAcks },
  { kind: 'slow-recovery', observe: slowRecoveries },
  { kind: 'repeated-delivery', observe: repeatedDeliveries },
  { kind: 'repeated-call', observe: repeatedCalls },
  { kind: 'limit', observe: limits },
  { kind: 'limit', observe: copyLimits },
  { kind: 'limit', observe: undecodableEnds },
]

function judgedMessages(evidence: Evidence): MessageView[] {
  return evidence.messages.filter((message) => isJudged(message.phase))
}

function told(kind: ObservationKind, count: number, detail: string): Observation[] {
  return count === 0 ? [] : [{ kind, detail, count }]
}

function earlyAcks(evidence: Evidence): Observation[] {
  const late = evidence.messages.filter((message) => message.phase === 'baseline')
    .flatMap((message) => lateOperations(evidence, message).slice(0, 1))
  const texts = [...new Set(late.map((event) => `${event.link} ${event.kind} ${event.text}`.trim()))].sort()
  return told('early-ack', late.length, `messages are settled before ${texts.join('; ')} is done`)
}

/** Operations of the message that may change something and went on after it was settled. */
function lateOperations(evidence: Evidence, message: MessageView): EventOf<'operation-started'>[] {
  const settled = finalSettlement(message)
  if (settled === undefined) return []
  const own = eventsOf(evidence.history, 'operation-started')
    .filter((event) => event.message === message.id && !event.handshake)
  const settling = settled.how === 'auto' ? undefined : nearest(own, settled)
  const later = evidence.history.filter((event) => event.seq > settled.seq)
  const after = new Set([...eventsOf(later, 'operation-forwarded'), ...eventsOf(later, 'operation-ended')]
    .map((event) => event.operation))
  return own.filter((event) => event !== settling && !event.reads && after.has(event.operation)
    && event.transaction !== 'begin' && event.transaction !== 'rollback')
}

/** The settling request itself: the operation of that connection that began closest to the settlement. */
function nearest(
  own: readonly EventOf<'operation-started'>[], settled: EventOf<'settled'>,
): EventOf<'operation-started'> | undefined {
  return own.filter((event) => event.connection === settled.connection)
    .sort((a, b) => Math.abs(a.seq - settled.seq) - Math.abs(b.seq - settled.seq))[0]
}

function slowRecoveries(evidence: Evidence): Observation[] {
  const tailMs = evidence.facts.suite?.tailMs
  if (tailMs === undefined) return []
  const delays = judgedMessages(evidence).filter((message) => message.phase !== 'baseline').map((message) => {
    const settled = finalSettlement(message)
    if (settled === undefined) return 0
    return Math.max(0, ...firstSeen(message).map((event) => event.atMs - settled.atMs))
  }).filter((delay) => delay > tailMs)
  const slowest = Math.round(Math.max(0, ...delays))
  return told('slow-recovery', delays.length, `effects came up to ${slowest} ms after the message was settled; `
    + `without faults within ${Math.round(tailMs)} ms`)
}

function firstSeen(message: MessageView): MessageView['live'] {
  const seen = new Set<string>()
  return message.live.filter((event) => {
    const key = JSON.stringify([event.effect, event.identity])
    const first = !seen.has(key)
    seen.add(key)
    return first
  })
}

function repeatedDeliveries(evidence: Evidence): Observation[] {
  const again = judgedMessages(evidence).filter((message) => message.deliveries.length > copiesOf(message))
  return told('repeated-delivery', again.length, `${again.length} messages were delivered more than once`)
}

function repeatedCalls(evidence: Evidence): Observation[] {
  return evidence.effects.filter((effect) => effect.expectation === 'at-least-once').flatMap((effect) => {
    const again = judgedMessages(evidence).filter((message) => (
      repeats(evidence, message, effect).some((repeat) => repeat.seen > repeat.limit * allowanceOf(evidence, message))
    ))
    const detail = `${effect.name} is there more than once for ${again.length} messages; it is expected at least once`
    return told('repeated-call', again.length, detail)
  })
}

function limits(evidence: Evidence): Observation[] {
  return evidence.effects.flatMap((effect) => {
    const messages = judgedMessages(evidence)
    const absent = effect.expectation !== 'at-most-once' ? [] : messages.filter((message) => (
      missingOf(evidence, message).some((missing) => missing.effect.name === effect.name)
    ))
    return [
      ...told('limit', absent.length, `${effect.name} is missing for ${absent.length} messages; `
        + 'it is expected at most once'),
    ]
  })
}

