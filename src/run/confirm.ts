/**
 * Confirmation: every finding is made again, each time in a clean cell without spares; k of n is printed. Nothing
 * flaky turns into green: what is not seen again is judged by how complete the first witness is.
 */
import type { Finding } from '../model/verdict.ts'
import type { Context } from '../model/point.ts'
import type { CampaignContext } from './campaign-context.ts'
import { Cell } from './cell.ts'
import { settle } from './settle.ts'
import type { PlannedFault } from './step-plan.ts'
import { runStep } from './step.ts'

const CONFIRMATIONS = 2
/** Trials side by side, each in a cell of its own. */
const LANES = 2
/** Distinct findings beyond this are reported with the train's witness alone. */
const FINDINGS_MAX = 12

export interface Confirmation {
  readonly finding: Pick<Finding, 'id'>
  readonly context: Context
  readonly faults: readonly PlannedFault[]
}

/** What a finding's step began in; one of a recovery began cold. */
export function trialContextOf(context: string): Context {
  return context === 'start' || context === 'warm' || context === 'convoy' ? context : 'cold'
}

/** Makes each finding `times` times; the final readings of the cells are in the history afterwards. */
export async function confirmAll(
  context: CampaignContext, wanted: readonly Confirmation[], options: {
    readonly times?: number
    readonly cells: Cell[]
    readonly phase: 'confirm' | 'replay'
    progress(done: number, planned: number): void
  },
): Promise<void> {
  const times = options.times ?? CONFIRMATIONS
  const trials = wanted.slice(0, FINDINGS_MAX).flatMap((one) =>
    Array.from({ length: times }, (_, i) => ({ ...one, trial: i + 1 })))
  const opened: Cell[] = []
  let [done, begun] = [0, 0]
  const lane = async (): Promise<void> => {
    for (let trial = trials.shift(); trial !== undefined; trial = trials.shift()) {
      context.signal.throwIfAborted()
      begun += 1
      const cell = await Cell.open(context, `${context.cellPrefix}${options.phase}${begun}`, false)
      opened.push(cell)
      options.cells.push(cell)
      await runTrial(context, cell, trial, options.phase)
      done += 1
      options.progress(done, done + trials.length)
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
  for (const result of lanes) if (result.status === 'rejected') throw result.reason
  await settle(context, opened, () => undefined)
}

async function runTrial(
  context: CampaignContext, cell: Cell, trial: Confirmation & { readonly trial: number }, phase: 'confirm' | 'replay',
): Promise<void> {
  if (trial.context === 'warm') await warmUp(context, cell)
  await runStep(context, cell, {
    id: `${phase}-${trial.finding.id}-${trial.trial}`, phase, context: trial.context, faults: trial.faults,
    confirms: trial.finding.id, alone: true,
  })
}

async function warmUp(context: CampaignContext, cell: Cell): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    await runStep(context, cell, {
      id: `${cell.name}-warm-up-${i}`, phase: 'settle', context: i === 0 ? 'cold' : 'warm', faults: [],
    })
  }
}
