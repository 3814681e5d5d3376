/**
 * The end of a campaign's activity: everything that is missing gets its chance, once and together, and then every
 * effect is read.
 *
 * A loss is claimed only after the recovery horizon was waited out, the subject was restarted once and one more message
 * went through: sweepers, leases in tables and start-up recovery have had their time by then.
 */
import { nowMs, poll } from '../lib/clock.ts'
import { DeadlineError } from '../lib/errors.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Cell } from './cell.ts'
import { hasAll } from './effects.ts'
import { runStep } from './step.ts'

const READ_EVERY_MS = 100

export async function settle(
  context: CampaignContext, cells: readonly Cell[], say: (text: string) => void,
): Promise<void> {
  const missing = await incompleteCells(context, cells)
  if (missing.length > 0) {
    say(`waiting out the horizon of ${context.horizonMs} ms for what is missing in ${missing.length} cells`)
    await waitOut(context, missing)
    const still = await incompleteCells(context, missing)
    await Promise.all(still.map((cell) => lastChance(context, cell)))
  }
  const began = nowMs()
  await context.means.observe(context.tailMs, context.signal)
  context.learn('tail', { planned: context.tailMs, waited: Math.ceil(nowMs() - began) })
  for (const cell of cells) {
    // Nothing may come after the reading that is judged.
    await cell.end()
    await readFinal(context, cell)
  }
}

async function incompleteCells(context: CampaignContext, cells: readonly Cell[]): Promise<Cell[]> {
  const incomplete: Cell[] = []
  for (const cell of cells) if (!await isComplete(context, cell)) incomplete.push(cell)
  return incomplete
}

/** Every message that the cell was sent is settled and has its effects; planted losses are not waited for. */
async function isComplete(context: CampaignContext, cell: Cell): Promise<boolean> {
  await cell.settlements.read()
  const seen = await cell.effects.read()
  return cell.ledger.messages.filter((message) => !context.notAwaited.has(message.id)).every((message) => {
    if (cell.ledger.settlements(message.id) === 0 && context.suite.settlement !== 'none') return false
    if (context.undecodable.has(message.id)) return true
    return hasAll(context.expectedOf(message), seen.filter((one) => one.message === message.id))
  })
}

async function waitOut(context: CampaignContext, cells: readonly Cell[]): Promise<void> {
  await poll(async () => ((await incompleteCells(context, cells)).length === 0 ? true : undefined), {
    what: 'the missing effects', limitMs: context.horizonMs, everyMs: READ_EVERY_MS, signal: context.signal,
  }).catch((error: unknown) => {
    if (!(error instanceof DeadlineError)) throw error
  })
}

async function lastChance(context: CampaignContext, cell: Cell): Promise<void> {
  await runStep(context, cell, {
    id: `${cell.name}-last-chance`, phase: 'settle', context: 'cold', faults: [],
  }).catch((error: unknown) => {
    cell.record({ type: 'noted', text: `after a restart the subject took no further message: ${String(error)}` })
  })
}

async function readFinal(context: CampaignContext, cell: Cell): Promise<void> {
  await cell.settlements.read()
  for (const effect of await cell.effects.read()) {
    cell.record({ type: 'effect-observed', reading: 'final', ...effect })
  }
  for (const queue of context.suite.deadLetter) {
    for (const lane of cell.shares.lanes.values()) {
      for (const taken of await lane.drain(queue)) {
        const id = taken.messageId ?? taken.headers['message-id']
        cell.record({ type: 'dead-letter-observed', message: cell.ledger.identify(id), queue })
      }
    }
  }
  if (context.suite.deadLetter.length > 0) {
    cell.record({ type: 'learned', what: 'dead-letters', value: { queues: context.suite.deadLetter } })
  }
  const backlogs = await Promise.all([...cell.shares.lanes.values()].map((lane) => lane.backlog()))
  cell.record({
    type: 'backlog-observed', ready: backlogs.reduce((sum, { ready }) => sum + ready, 0),
    unsettled: backlogs.reduce((sum, { unsettled }) => sum + unsettled, 0),
  })
  context.countAttribution(cell.effects.attribution)
}
