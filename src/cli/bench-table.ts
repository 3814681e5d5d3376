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

/** Load per core from which times are not ours alone. */
const BUSY = 0.5
const NAME = 28
const CELL = 10
const phaseHeads = ['ready', 'held', 'gone', 'started', 'consum.', 'deliv.', 'settled', 'read']

export function machineLines(machine: MachineFacts, parts: Readonly<Record<string, string>>): string[] {
  const versions = Object.entries(parts).map(([name, version]) => `${name} ${version}`)
  return [
    `${machine.cores} cores, ${machine.model}, Linux ${machine.kernel}, harness on Node ${machine.node}`,
    `load average at start ${machine.loadAtStart.map((load) => load.toFixed(2)).join(' ')}; ${versions.join(', ')}`,
    ...(machine.loadAtStart[0] ?? 0) > BUSY * machine.cores
      ? ['others were busy on this machine: believe the ratios and CPU seconds, not the milliseconds'] : [],
  ]
}

export function benchLines({ cores }: MachineFacts, { subjects }: BenchResult): string[] {
  return subjects.flatMap((subject) => ['', ...subjectLines(subject, cores)])
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
    ...subject.modes.map(modeLine),
    row('CPU seconds per kill', ['subject', 'harness', 'servers', 'sum', '/ cores', '/ floor', '/ starts']),
    row('bare start', [subject.bareCpu.toFixed(3), '', '', subject.bareCpu.toFixed(3),
      (subject.bareCpu / cores).toFixed(3), '1.00', '1.00']),
    ...subject.modes.map((mode) => cpuLine(mode, subject.bareCpu, cores)),
    row('breakdown of a kill, ms', phaseHeads, 8),
    ...subject.modes.map(({ mode, phases }) =>
      row(mode, Object.values(phases).map((ms) => ms.toFixed(1)), 8)),
  ]
}

function modeLine({ mode, wallPerKill, startsPerKill, toFloor }: ModeResult): string {
  return row(mode, [
    ...spread(wallPerKill), toFloor.median.toFixed(2), startsPerKill.toFixed(2), ratio(toFloor.median, startsPerKill),
  ])
}

function cpuLine({ mode, cpuPerKill, startsPerKill }: ModeResult, bare: number, cores: number): string {
  const { subjects, harness, servers } = cpuPerKill
  const all = subjects + harness + servers
  const seconds = [subjects, harness, servers, all, all / cores].map((one) => one.toFixed(3))
  return row(mode, [...seconds, ratio(all, bare), ratio(all, bare * startsPerKill)])
}

function spread({ median, min, max, n }: Summary): string[] {
  return [median.toFixed(1), min.toFixed(1), max.toFixed(1), String(n)]
}

function ratio(one: number, other: number): string {
  return (one / other).toFixed(2)
}

function row(name: string, cells: readonly string[], width = CELL): string {
  return name.padEnd(NAME) + cells.map((cell) => cell.padStart(width)).join('')
}
