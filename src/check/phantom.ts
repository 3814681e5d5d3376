/**
 * phantom: an effect of a message that was never sent.
 *
 * What the cell already held before its first message was sent is furniture, when the run has noted it as a live
 * reading; so is what every cell holds alike, because cells are cloned from one template (`doubts.ts` asks to leave it
 * out of the query). Cells that only serve the harness's own controls are left alone.
 */
import type { Anomaly } from '../model/anomaly.ts'
import { eventsOf } from '../model/history.ts'
import type { Evidence } from './effects.ts'
import type { EffectEvent, StepInfo } from './view.ts'
import { groupBy } from './view.ts'

export function phantom(evidence: Evidence): Anomaly[] {
  const early = earlyOnes(evidence)
  const cloned = new Set(inEveryCell(evidence))
  const strangers = strangersOf(evidence).filter((event) => !early.has(nameOf(event)) && !cloned.has(event))
  return strangers.flatMap((event) => {
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

function strangersOf(evidence: Evidence): EffectEvent[] {
  const rows = new Set(evidence.shared.flatMap(({ row }) => row.readings))
  return evidence.finals.filter((event) => !rows.has(event)
    && (event.message === undefined || !evidence.known.has(event.message)))
}

/** Effects of nobody that are the same in each of several cells. */
export function inEveryCell(evidence: Evidence): EffectEvent[] {
  const cells = evidence.readAt.size
  const groups = groupBy(strangersOf(evidence), (event) => JSON.stringify([event.effect, event.identity]))
  return [...groups.values()].filter((events) => cells > 1 && new Set(events.map((event) => event.cell)).size === cells)
    .flat()
}

function earlyOnes(evidence: Evidence): Set<string> {
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
