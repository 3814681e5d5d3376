/**
 * stale: an older message has undone a newer one of the same key.
 *
 * Judged of effects that hold the message that wrote last, by the final reading and by the readings at the end of a
 * step: later messages of the key cover the trace. A reading in mid-run can be a state that the subject still mends, so
 * an anomaly of that kind stands only with a confirmation (findings.ts).
 */
import type { Anomaly } from '../model/anomaly.ts'
import type { Evidence } from './effects.ts'
import { undoneAt, undoneIn, type Undone } from './shared-last.ts'
import { nameOf } from './shared-sum.ts'
import type { EffectEvent } from './view.ts'
import { groupBy } from './view.ts'
import { accuse } from './witness.ts'

export function stale(evidence: Evidence): Anomaly[] {
  return undoings(evidence).filter(({ measured }) => !measured).map((undone) => accusation(undone))
}

interface Undoing extends Undone {
  readonly reading: EffectEvent
}

/** Each newer message once, by its strongest reading: the final one, else the first that showed it. */
export function undoings(evidence: Evidence): Undoing[] {
  const live = groupBy(evidence.live.filter((event) => event.shared?.holds !== undefined),
    (event) => JSON.stringify([event.effect, event.cell, event.shared?.key]))
  return evidence.shared.filter(({ row }) => row.how === 'last').flatMap(({ row }) => {
    const [final] = row.readings
    const found = new Map<string, Undoing>()
    if (final !== undefined) {
      for (const undone of undoneIn(evidence, row)) found.set(undone.newer.id, { ...undone, reading: final })
    }
    for (const reading of live.get(JSON.stringify([row.effect.name, row.cell, row.key])) ?? []) {
      for (const undone of undoneAt(evidence, row, reading)) {
        if (!found.has(undone.newer.id)) found.set(undone.newer.id, { ...undone, reading })
      }
    }
    return [...found.values()]
  })
}

function accusation({ row, newer, older, reading }: Undoing): Anomaly {
  const anomaly = accuse(newer, {
    kind: 'stale', effect: row.effect.name, identity: row.key,
    detail: `${nameOf(row)} shows ${older.id}, although ${newer.id} was sent after it and settled: `
      + 'the older one has undone the newer',
  })
  const readings = new Set([...newer.finals, ...newer.live].filter((event) => event.effect === row.effect.name)
    .map((event) => event.seq))
  const own = anomaly.witness.filter((seq) => !readings.has(seq))
  const others = [...older.sends, ...older.deliveries, ...older.settlements].map((event) => event.seq)
  return { ...anomaly, witness: [...new Set([...own, ...others, reading.seq])].sort((a, b) => a - b) }
}

/** Read when everything was over, and not only on the way. */
export function isLasting(evidence: Pick<Evidence, 'finals'>, anomaly: Anomaly): boolean {
  return evidence.finals.some((event) => event.effect === anomaly.effect && anomaly.witness.includes(event.seq))
}
