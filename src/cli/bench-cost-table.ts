/**
 * What a sweep costs, as text: one table per profile with a line per fault, of at most 100 columns.
 *
 * Seconds in the lines of faults are those of a cell: with two side by side the clock shows about half of their sum.
 */
import type { CostResult, ProfileCost } from '../run/bench-cost.ts'
import { noFault, partNames, totalOf, type Parts } from '../run/bench-steps.ts'
import type { MachineFacts } from './bench-table.ts'

const NAME = 12
const CELL = 8
const legend = [
  'ready: a victim in its context; reach: to the point; fault: its verbs; start: the next process',
  'until it consumes; work: deliveries to settlements; wait: time let go by, silences; read: effects,',
  'and limits that ran out. Seconds of a fault are those of its cells.',
]

export function costLines({ cores }: MachineFacts, { suite, cells, stackMs, profiles }: CostResult): string[] {
  return [
    `cost of a sweep: ${suite}, ${cells} cells, stack started before in ${seconds(stackMs)}`,
    ...profiles.flatMap((profile) => ['', ...profileLines(profile, cells, cores)]),
    '',
    ...legend,
  ]
}

function profileLines(profile: ProfileCost, cells: number, cores: number): string[] {
  const { points, steps, wallMs, phases, faults, all, cpu } = profile
  const idleMs = wallMs * cells - totalOf(all)
  const { subjects, harness, servers } = cpu
  const share = (subjects + harness + servers) / (cores * profile.campaignMs / 1000)
  return [
    `profile ${profile.profile}: ${points} points, ${steps} steps in ${seconds(wallMs)}, `
      + `${(wallMs / Math.max(1, steps)).toFixed(0)} ms each; ${profile.verdict}`,
    `whole campaign ${seconds(profile.campaignMs)}: `
      + Object.entries(phases).map(([name, ms]) => `${name} ${seconds(ms)}`).join(', '),
    `CPU seconds: subjects ${subjects.toFixed(1)}, harness ${harness.toFixed(1)}, servers ${servers.toFixed(1)}, `
      + `${(100 * share).toFixed(0)} % of ${cores} cores`,
    row('', ['points', 'steps', 's', 'ms/step', ...partNames]),
    ...faults.map(({ fault, points: own, steps: count, parts }) =>
      costLine(fault === noFault ? 'to warm up' : fault, fault === noFault ? '' : String(own), count, parts)),
    costLine('all', '', steps, all),
    `between steps, over all cells: ${seconds(Math.max(0, idleMs))} (opening cells, a lane that ends before another)`,
  ]
}

/** Everything beside the counts and the seconds is milliseconds per step. */
function costLine(name: string, points: string, steps: number, parts: Parts): string {
  const perStep = (ms: number): string => (ms / Math.max(1, steps)).toFixed(0)
  return row(name, [
    points, String(steps), (totalOf(parts) / 1000).toFixed(1), perStep(totalOf(parts)),
    ...partNames.map((part) => perStep(parts[part])),
  ])
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(NAME) + cells.map((cell) => cell.padStart(CELL)).join('')
}
