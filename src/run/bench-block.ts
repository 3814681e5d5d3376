/**
 * One block of a benchmark: so many kills in one mode, timed together, with the processor time that they took.
 *
 * A chain kills the successor of the kill before (one process start per kill); fresh victims are what a campaign's
 * cold points need (two starts per kill). A block begins with one kill that is not counted, so that every counted one
 * finds the cell as the one before has left it, and leaves nothing running behind.
 */
import { kill } from '../faults/kill.ts'
import { nowMs } from '../lib/clock.ts'
import { SubjectError } from '../lib/errors.ts'
import type { Point } from '../model/point.ts'
import { cpuBetween, readCpu, type CpuTimes } from './bench-cpu.ts'
import { killTimes, type KillTimes } from './bench-phases.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Cell } from './cell.ts'
import { runStep } from './step.ts'

export interface KillMode {
  readonly name: string
  readonly victims: 'chain' | 'fresh'
  readonly cells: readonly Cell[]
}

export interface KillPlan {
  readonly points: readonly Point[]
  readonly known: ReadonlySet<string>
}

export interface BlockResult {
  readonly wallMs: number
  readonly kills: number
  readonly starts: number
  readonly cpu: CpuTimes
  readonly times: readonly KillTimes[]
}

let steps = 0

export async function runBlock(
  context: CampaignContext, mode: KillMode, plan: KillPlan, kills: number,
): Promise<BlockResult> {
  const { cells } = mode
  await Promise.all(cells.map(async (cell, i) => {
    await cell.fresh()
    await killOnce(context, { mode, cell, plan, turn: i })
  }))
  const mark = context.recorder.events.length
  const before = readCpu(pidsOf(cells))
  const times: KillTimes[] = []
  let turn = 0
  const began = nowMs()
  await Promise.all(cells.map(async (cell) => {
    for (; turn < kills;) {
      turn += 1
      times.push(await killOnce(context, { mode, cell, plan, turn }))
    }
  }))
  const wallMs = nowMs() - began
  const cpu = cpuBetween(before, readCpu(pidsOf(cells)))
  const starts = context.recorder.events.slice(mark).filter((event) => event.type === 'incarnation-started').length
  for (const cell of cells) {
    await cell.retire()
    await cell.dropSpare()
  }
  return { wallMs, kills, starts, cpu, times }
}

interface OneKill {
  readonly mode: KillMode
  readonly cell: Cell
  readonly plan: KillPlan
  readonly turn: number
}

async function killOnce(context: CampaignContext, { mode, cell, plan, turn }: OneKill): Promise<KillTimes> {
  const point = plan.points[turn % plan.points.length]
  if (point === undefined) throw new SubjectError('nothing of a message can be killed at: it changes no state')
  steps += 1
  const id = `bench-${steps}`
  const mark = context.recorder.events.length
  const result = await runStep(context, cell, {
    id, phase: 'sweep', context: mode.victims === 'chain' ? 'warm' : 'cold',
    faults: [{ fault: kill, point, known: plan.known }],
  })
  if (result.end !== 'settled' || !result.complete || result.ended[0] !== 'fired') {
    throw new SubjectError(
      `a kill at ${point.name} ended ${result.end} (${result.ended.join(', ')}): its time is no time of a kill`)
  }
  const events = context.recorder.events.slice(mark).filter((event) => event.step === id)
  return killTimes(events, result.tookMs)
}

function pidsOf(cells: readonly Cell[]): number[] {
  return cells.flatMap((cell) => cell.incarnations.filter((one) => !one.hasExited).map((one) => one.pid))
}
