/**
 * One step of `--exhaustive`: a message to a cold subject, killed at a boundary of raw frames, or let through while its
 * frames are recorded.
 *
 * Much simpler than `step.ts`: there is one fault, no named point, and nothing to deviate from. Everything is withheld
 * from the boundary on; before the kill, requests that went through are answered, because their server finishes them
 * in any case and the world must be known.
 */
import { assert } from '../lib/assert.ts'
import { poll, within } from '../lib/clock.ts'
import { DeadlineError } from '../lib/errors.ts'
import { faultNamed } from '../faults/registry.ts'
import type { StepEnd } from '../model/event.ts'
import { RawWatch } from '../nemesis/raw-watch.ts'
import { boundaryName, type Boundary, type RecordedFrame } from '../plan/raw-boundaries.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Cell } from './cell.ts'
import type { Incarnation } from './incarnation.ts'
import { awaitEffects } from './step-messages.ts'

/** A request that waits for a lock is answered never. */
const ANSWER_MS = 5_000

export interface RawStepResult {
  readonly end: StepEnd
  readonly complete: boolean
  readonly frames: readonly RecordedFrame[]
}

export async function runRawStep(
  context: CampaignContext, cell: Cell, id: string, what: { readonly boundary?: Boundary; readonly lane?: string },
): Promise<RawStepResult> {
  const { boundary } = what
  const message = context.nextMessage(boundary?.lane ?? what.lane)
  const victim = await cell.fresh()
  const mark = context.recorder.events.length
  const kill = faultNamed('kill')
  const faults = boundary === undefined ? [] : [{ fault: kill.name, point: boundaryName(boundary) }]
  cell.beginStep(id, message.id)
  cell.record({ type: 'step-started', phase: 'exhaustive', context: 'cold', messages: [message.id], faults })
  const watch = new RawWatch(message.id, boundary)
  victim.observer.watchRaw(watch)
  const outcome = await cell.send(message, 1)
  assert(outcome === 'ok', `the broker took the harness's own message (${outcome})`)
  const failure = boundary === undefined ? undefined : await strike(context, cell, { boundary, watch, victim })
  const settled = await cell.until(() => cell.ledger.settlements(message.id) > 0, context.stepLimitMs)
  const complete = settled && await awaitEffects(context, cell, [message])
  const events = context.recorder.events.slice(mark).filter((event) => event.cell === cell.name)
  const fired = failure === undefined && kill.fired({ step: id, events })
  for (const fault of faults) {
    cell.record({ type: 'fault-ended', ...fault, end: fired ? 'fired' : 'not-exercised', detail: failure ?? '' })
  }
  const end = faults.length > 0 && !fired && settled ? 'not-exercised' : settled ? 'settled' : 'unsettled'
  cell.record({ type: 'step-ended', reason: end })
  cell.endStep()
  return { end, complete, frames: watch.frames }
}

interface Strike {
  readonly boundary: Boundary
  readonly watch: RawWatch
  readonly victim: Incarnation
}

/** Returns why the subject could not be killed there. */
async function strike(
  context: CampaignContext, cell: Cell, { boundary, watch, victim }: Strike,
): Promise<string | undefined> {
  const at = { fault: 'kill', point: boundaryName(boundary) }
  cell.record({ type: 'fault-armed', ...at, incarnation: victim.id })
  try {
    await within(watch.reached, { what: `raw frame ${boundary.at}`, limitMs: context.reachMs })
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    return `the boundary was not reached within ${context.reachMs} ms`
  }
  await poll(() => (watch.hasOpenRequests ? undefined : true), {
    what: 'answers to what went through', limitMs: ANSWER_MS, everyMs: 1,
  }).catch((error: unknown) => {
    if (!(error instanceof DeadlineError)) throw error
  })
  cell.record({ type: 'fault-held', ...at, withheld: [boundary.label ?? 'what follows'], proven: 'ok' })
  context.recorder.flush()
  await victim.kill('fault')
  cell.record({ type: 'fault-did', ...at, verb: 'kill', detail: `SIGKILL to ${victim.id}` })
  await cell.succeed(false)
  cell.record({ type: 'fault-did', ...at, verb: 'start', detail: 'a successor was started' })
  return undefined
}
