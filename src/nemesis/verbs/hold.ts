/**
 * hold: wait until the point is reached; the crossing withholds from then on.
 *
 * A one-way operation has no reply that proves it. Where its connection is lost in any case, the tap asks the server
 * in the subject's place (`proveOneWay`); otherwise the outcome stays indeterminate.
 */
import { within } from '../../lib/clock.ts'
import { DeadlineError } from '../../lib/errors.ts'
import type { Outcome } from '../../model/wire.ts'
import type { Carried, Stage } from '../stage.ts'

const PROOF_MS = 3_000

export async function hold(stage: Stage): Promise<Carried> {
  const { crossing } = stage
  if (crossing === undefined) return { impossible: 'nothing was armed' }
  try {
    await within(crossing.reached, {
      what: `crossing of ${stage.point.name}`, limitMs: stage.reachMs, signal: stage.signal,
    })
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    return { impossible: `the point was not reached within ${stage.reachMs} ms` }
  }
  if (crossing.deviation !== undefined) {
    return { impossible: `another operation came before it: ${crossing.deviation}` }
  }
  const proven = await prove(stage)
  stage.held(crossing.withheld.map((op) => op.key), proven)
  return { detail: `withheld ${crossing.withheld.map((op) => op.key).join(', ') || 'the reply'}` }
}

async function prove(stage: Stage): Promise<Outcome> {
  const { point, crossing } = stage
  if (point.side === 'before' || !point.oneWay) return 'ok'
  const severs = stage.fault.program.some((verb) => verb.verb === 'kill' || verb.verb === 'cut')
  const op = crossing?.lastOver(point.operation)
  const wire = stage.victim.wireOf(point.link)
  if (!severs || op === undefined || wire.proveOneWay === undefined) return 'indeterminate'
  const [unit] = op.units
  if (unit === undefined) return 'indeterminate'
  const proof = op.connection.interject(wire.proveOneWay(unit))
  return within(proof, { what: 'proof of a one-way operation', limitMs: PROOF_MS }).catch(() => 'indeterminate')
}
