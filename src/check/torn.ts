/**
 * torn: a message is settled with a part of its effects.
 *
 * The accused effect is the one that is missing, so that two different tears are two findings. Nothing there at all
 * is `lost`.
 */
import type { Anomaly } from '../model/anomaly.ts'
import { swallowedRemark } from './attribution.ts'
import type { Evidence } from './effects.ts'
import { sharedNote } from './effects.ts'
import { endOf } from './lost.ts'
import { debtsOf } from './missing.ts'
import { accuse } from './witness.ts'

export function torn(evidence: Evidence): Anomaly[] {
  return evidence.messages.filter((message) => message.finals.length > 0).flatMap((message) => (
    debtsOf(evidence, message).map(({ effect, seen, owed }) => accuse(message, {
      kind: 'torn',
      effect: effect.name,
      detail: `${message.id} ${endOf(message)} `
        + (sharedNote(evidence, message, effect.name) ?? `with ${seen} of ${owed} ${effect.name}`)
        + `; there is: ${[...new Set(message.finals.map((event) => event.effect))].sort().join(', ')}`
        + swallowedRemark(message),
    }))
  ))
}
