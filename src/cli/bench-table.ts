/**
 * A benchmark as text: tables of at most 100 columns, absolute numbers and their ratios to the floor.
 */
import type { BenchResult, ModeResult, SubjectResult } from '../run/bench.ts'
import type { Summary } from '../run/bench-summary.ts'

export interface MachineFacts {
  readonly cores: number
  readonly model: string
  readonly kernel: string
  readonly node: string
  /** One, five and fifteen minutes, before anything was started. */
  readonly loadAtStart: readonly number[]
}

const NAME = 28
const CELL = 10
const phaseHeads = ['ready', 'held', 'gone', 'started', 'consum.', 'deliv.', 'settled', 'read']

export function benchLines(machine: MachineFacts, result: BenchResult): string[] {
  const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`)
  return [
    `${machine.cores} cores, ${machine.model}, Linux ${machine.kernel}, harness on Node ${machine.node}`,
    `load average at start ${machine.loadAtStart.map((load) => load.toFixed(2)).join(' ')}; ${versions.join(', ')}`,
    ...result.subjects.flatMap((subject) => ['', ...subjectLines(subject, machine.cores)]),
  ]
}

function subjectLines(subject: SubjectResult, cores: number): string[] {
  const { bareAlone, bareAllCores: floor, coldStart } = subject
  const perSecond = (1000 / floor.median).toFixed(1)
  return [
    `${subject.subject} (${subject.interpreter}), ${subject.points.length} kill points`,
    row('', ['ms', 'min', 'max', 'n', '/ floor']),
    row('bare start, alone', spread(bareAlone)),
    row(`bare start, ${cores} at once: floor`, [...spread(floor), '1.00']),
    row('cold start to settled', [...spread(coldStart), ratio(coldStart.median, floor.median)]),
    `floor: ${perSecond} bare starts per second on ${cores} cores, all modules loaded, nothing else done`,
    row('wall time per kill', ['ms', 'min', 'max', 'n', '/ floor', 'starts', '/ starts']),
    ...subject.modes.map((mode) => modeLine(mode, floor.median)),
    row('CPU seconds per kill', ['subject', 'harness', 'servers', 'sum', '/ cores']),
    ...subject.modes.map((mode) => cpuLine(mode, cores)),
    row('breakdown of a kill, ms', phaseHeads, 8),
    ...subject.modes.map(({ mode, phases }) =>
      row(mode, Object.values(phases).map((ms) => ms.toFixed(1)), 8)),
  ]
}

function modeLine({ mode, wallPerKill, startsPerKill }: ModeResult, floor: number): string {
  return row(mode, [
    ...spread(wallPerKill), ratio(wallPerKill.median, floor), startsPerKill.toFixed(2),
    ratio(wallPerKill.median, floor * startsPerKill),
  ])
}

function cpuLine({ mode, cpuPerKill: { subjects, harness, servers } }: ModeResult, cores: number): string {
  const all = subjects + harness + servers
  return row(mode, [subjects, harness, servers, all, all / cores].map((seconds) => seconds.toFixed(3)))
}

function spread({ median, min, max, n }: Summary): string[] {
  return [median.toFixed(1), min.toFixed(1), max.toFixed(1), String(n)]
}

function ratio(ms: number, floor: number): string {
  return (ms / floor).toFixed(2)
}

function row(name: string, cells: readonly string[], width = CELL): string {
  return name.padEnd(NAME) + cells.map((cell) => cell.padStart(width)).join('')
}
