/**
 * hold: wait until the point is reached; the crossing withholds from then on.
 *
 * A one-way operation has no reply that proves it. Where its connection is lost in any case, the tap asks the server
 * in the subject's place (`proveOneWay`); otherwise the outcome stays indeterminate. A twin that will not come to its
 * point (it waits for the victim's lock, or has nothing to do) is told and ends nothing.
 */
import { poll, within } from '../../lib/clock.ts'
import { DeadlineError } from '../../lib/errors.ts'
import type { Verb } from '../../model/fault.ts'
import type { Outcome } from '../../model/wire.ts'
import type { Crossing } from '../crossing.ts'
import type { Carried, Stage } from '../stage.ts'

const PROOF_MS = 3_000
const TWIN_MS = 3_000

export async function hold(stage: Stage, { who }: Extract<Verb, { verb: 'hold' }>): Promise<Carried> {
  if (who === 'twin') return holdTwin(stage)
  const { crossing } = stage
  if (crossing === undefined) return { impossible: 'nothing was armed' }
  const missed = await missedBy(stage, crossing)
  if (missed !== undefined) return missed
  if (crossing.deviation !== undefined && !crossing.isRepeated) {
    return { impossible: `another operation came before it: ${crossing.deviation}` }
  }
  const proven = await prove(stage)
  await stage.held(crossing.withheld.map((op) => op.key), proven)
  return { detail: `withheld ${crossing.withheld.map((op) => op.key).join(', ') || 'the reply'}` }
}

async function missedBy(stage: Stage, crossing: Crossing): Promise<Carried | undefined> {
  const limitMs = stage.reachMs
  const late = { impossible: `the point was not reached within ${limitMs} ms` }
  try {
    if (!crossing.isRepeated) {
      await within(crossing.reached, { what: `crossing of ${stage.point.name}`, limitMs, signal: stage.signal })
      return undefined
    }
    const missed = await poll(() => (crossing.isReached ? 'reached' : stage.misses('victim')), {
      what: `crossing of ${stage.point.name}`, limitMs, everyMs: 2, signal: stage.signal,
    })
    return missed === 'reached' ? undefined : { over: `not again: ${missed}` }
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    return late
  }
}

async function holdTwin(stage: Stage): Promise<Carried> {
  const crossing = stage.twinCrossing
  if (crossing === undefined) return { impossible: 'nothing was armed for the second one' }
  try {
    const end = await poll(() => (crossing.isReached ? 'reached' : stage.misses('twin')), {
      what: `crossing of ${crossing.point.name}`, limitMs: TWIN_MS, everyMs: 2, signal: stage.signal,
    })
    if (end === 'reached') return { detail: `withheld ${crossing.withheld.map((op) => op.key).join(', ')}` }
    stage.disarm('twin')
    return { detail: `the second incarnation never stood there: ${end}` }
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    stage.disarm('twin')
    return { detail: `the second incarnation did not come within ${TWIN_MS} ms` }
  }
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
