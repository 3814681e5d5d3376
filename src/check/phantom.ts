/**
 * phantom: an effect of a message that was never sent.
 *
 * What the cell already held before its first message was sent is furniture, when the run has noted it as a live
 * reading. Cells that only serve the harness's own controls are left alone.
 */
import type { Anomaly } from '../model/anomaly.ts'
import { eventsOf } from '../model/history.ts'
import type { Evidence } from './effects.ts'
import type { EffectEvent, StepInfo } from './view.ts'

export function phantom(evidence: Evidence): Anomaly[] {
  const furniture = furnitureOf(evidence)
  const strangers = evidence.finals.filter((event) => (
    event.message === undefined || !evidence.known.has(event.message)
  ))
  return strangers.filter((event) => !furniture.has(nameOf(event))).flatMap((event) => {
    const seen = evidence.live.filter((live) => nameOf(live) === nameOf(event))
    const step = stepOf(evidence, event, seen)
    const inControls = (step === undefined ? evidence.steps.filter((other) => other.cell === event.cell) : [step])
      .every((other) => other.phase === 'controls')
    if (inControls) return []
    const whose = event.message === undefined ? 'no message' : `${event.message}, which was never sent`
    return [{
      kind: 'phantom',
      effect: event.effect,
      message: event.message,
      identity: event.identity,
      step: step?.id,
      detail: `${event.effect} ${event.identity} belongs to ${whose}`,
      witness: [...seen, event].map((reading) => reading.seq),
    }]
  })
}

function nameOf(event: EffectEvent): string {
  return JSON.stringify([event.cell, event.effect, event.identity])
}

function furnitureOf(evidence: Evidence): Set<string> {
  const firstSent = new Map<string, number>()
  for (const event of eventsOf(evidence.history, 'sent')) {
    if (!firstSent.has(event.cell)) firstSent.set(event.cell, event.seq)
  }
  const early = evidence.live.filter((event) => event.seq < (firstSent.get(event.cell) ?? Infinity))
  return new Set(early.map(nameOf))
}

/** The step in which it was seen to come, else the cell's only step. */
function stepOf(evidence: Evidence, event: EffectEvent, seen: readonly EffectEvent[]): StepInfo | undefined {
  const named = [...seen, event].find((reading) => reading.step !== undefined)?.step
  if (named !== undefined) return evidence.steps.find((step) => step.id === named)
  const ofCell = evidence.steps.filter((step) => step.cell === event.cell)
  return ofCell.length === 1 ? ofCell[0] : undefined
}
