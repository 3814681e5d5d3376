/**
 * Nothing is left behind (design section 5, rule 5): after success, failure, Ctrl-C and SIGKILL of the harness, twenty
 * times in all, at seeded moments of every phase, with subjects that make it hard.
 *
 * What a run has is written down while it lives (processes, listening sockets, folders, the watchdog) and looked for
 * after its end, by process and start time, by the run's mark and by socket, never by number alone.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { observeFor, poll } from '../lib/clock.ts'
import { parseLedger } from '../lib/ledger-lines.ts'
import { packageFolder } from '../lib/package-info.ts'
import { carriesMark, readDescendants, readPids, readProcess, readProcesses } from '../lib/process-table.ts'
import { SeededRandom } from '../lib/random.ts'
import { exitCodes } from '../model/verdict.ts'
import { readJournal } from '../store/journal.ts'
import { readRunResult } from '../store/run-result.ts'
import { demoFolder, lanes, rightSuite, subjectOf, type SuiteChange } from './testing.ts'

/** Within this nothing may be left. */
const GONE_MS = 5_000
const PHASE_MS = 90_000

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
  writeFileSync(join(folder, 'pool.py'), preforkPool)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A master that consumes nothing, a worker that does, and a child that has left its group and its parent. */
const preforkPool = `
import multiprocessing, os, subprocess, sys
sys.path.insert(0, ${JSON.stringify(demoFolder)})
import broken
if __name__ == '__main__':
    if os.fork() == 0:
        os.setsid()
        subprocess.Popen(['sleep', '600'])
        os._exit(0)
    worker = multiprocessing.get_context('fork').Process(target=broken.main)
    worker.start()
    worker.join()
    sys.exit(1)
`

const broken = join(demoFolder, 'broken.mjs')
const subjects: Readonly<Record<string, () => SuiteChange>> = {
  plain: () => subjectOf({ consumer: broken }),
  'sh -c with a grandchild': () => subjectOf({ command: ['sh', '-c', `sleep 600 & node ${broken}; exit 1`] }),
  'prefork pool': () => subjectOf({
    command: ['python3', join(folder, 'pool.py')], env: { PYTHONPATH: '{{parts.python-packages}}' },
  }),
}

interface Footprint {
  readonly processes: ReadonlyMap<number, string>
  readonly sockets: ReadonlySet<string>
  readonly folders: readonly string[]
  readonly ledgers: readonly string[]
}

/** All that a run has at this moment; `harness` and its watchdog are among the processes. */
function footprintOf(out: string, harness: number): Footprint {
  const ledgers = existsSync(out) ? readdirSync(out).filter((name) => name.startsWith('ledger-')) : []
  const lines = ledgers.flatMap((name) => parseLedger(readText(join(out, name))))
  const runs = ledgers.map((name) => name.slice('ledger-'.length, -'.ndjson'.length))
  const groups = new Set(lines.flatMap(({ group }) => group?.pgid ?? []))
  const pids = readPids().filter((pid) => runs.some((run) =>
    carriesMark(pid, `ONCEPROOF_RUN=${run}`) || readText(`/proc/${pid}/cmdline`).includes(`ledger-${run}`)))
  const members = readProcesses().filter((entry) => groups.has(entry.group)).map((entry) => entry.pid)
  const all = new Set([harness, ...pids, ...members, ...pids.flatMap(readDescendants)])
  return {
    processes: new Map([...all].map((pid) => [pid, readProcess(pid)?.startTime ?? ''])),
    sockets: new Set([...all].flatMap(socketsOf).filter((inode) => listening().has(inode))),
    folders: lines.flatMap((line) => line.folder ?? []), ledgers: ledgers.map((name) => join(out, name)),
  }
}

/** What of it is still there, in words. */
function leftOf({ processes, sockets, folders, ledgers }: Footprint): string[] {
  const open = listening()
  return [
    ...[...processes].filter(([pid, startTime]) => isAlive(pid, startTime))
      .map(([pid]) => `process ${pid} ${readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
    ...[...sockets].filter((inode) => open.has(inode)).map((inode) => `listening socket ${inode}`),
    ...[...folders, ...ledgers].filter((path) => existsSync(path)),
  ]
}

function isAlive(pid: number, startTime: string): boolean {
  const entry = readProcess(pid)
  return entry !== undefined && !entry.zombie && entry.startTime === startTime
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) =>
      /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1] ?? [])
  } catch {
    // It ended between two looks.
    return []
  }
}

/** Inodes of listening TCP sockets: state 0A, the inode is the tenth field. */
function listening(): ReadonlySet<string> {
  return new Set(['tcp', 'tcp6'].flatMap((name) => readText(`/proc/net/${name}`).split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === '0A').map((fields) => fields[9] ?? ''))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // Processes and ledgers may go between two looks.
    return ''
  }
}

interface Run {
  readonly out: string
  readonly harness: ChildProcess
  readonly pid: number
  said(): string
  /** Exit code, or the signal's name. */
  readonly exit: Promise<number | string>
}

let runs = 0

function start(subject: SuiteChange): Run {
  runs += 1
  const suite = join(folder, `${runs}.suite.json`)
  const out = join(folder, `run-${runs}`)
  writeFileSync(suite, JSON.stringify(rightSuite({ subject })))
  const words = ['certify', suite, '--faults', 'kill,cut', '--out', out, '--seed', 'leftovers']
  const harness = spawn(process.execPath, [join(packageFolder, 'src', 'cli', 'bin.ts'), ...words], { stdio: 'pipe' })
  const lines: string[] = []
  for (const stream of [harness.stdout, harness.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => lines.push(text))
  }
  const exit = once(harness, 'exit').then(([code, signal]: unknown[]) => {
    return typeof code === 'number' ? code : String(signal)
  })
  return { out, harness, pid: harness.pid ?? 0, said: () => lines.join(''), exit }
}

async function untilSaid(run: Run, text: RegExp): Promise<void> {
  await poll(() => (text.test(run.said()) || run.harness.exitCode !== null ? true : undefined), {
    what: String(text), limitMs: PHASE_MS, everyMs: 10, last: () => run.said(),
  })
}

async function expectNothingLeft(run: Run, footprints: readonly Footprint[]): Promise<void> {
  await poll(() => (footprints.flatMap(leftOf).length === 0 ? true : undefined), {
    what: 'end of all that the run had', limitMs: GONE_MS, everyMs: 20,
    last: () => `${footprints.flatMap(leftOf).join('; ')}; it said: ${run.said()}`,
  })
}

/** Runs until the moment, sends the signal, and sees that nothing is left; returns how the harness ended. */
async function strike(run: Run, moment: Moment): Promise<number | string> {
  await untilSaid(run, moment.phase)
  const before = footprintOf(run.out, run.pid)
  await observeFor(moment.afterMs)
  run.harness.kill(moment.signal)
  const now = footprintOf(run.out, run.pid)
  const end = await run.exit
  await expectNothingLeft(run, [before, now, footprintOf(run.out, run.pid)])
  return end
}

interface Moment {
  readonly phase: RegExp
  readonly afterMs: number
  readonly signal: 'SIGINT' | 'SIGKILL'
  readonly subject: string
}

const phases = [/seed leftovers/, /postgres .* is ready/, /rabbitmq .* is ready/, /baseline/, /controls/, /sweep/]
const lane = lanes(2)
const random = new SeededRandom('leftovers')
const moments = Array.from({ length: 18 }, (_, i): Moment => ({
  phase: phases[i % phases.length] ?? /seed/, afterMs: random.below(1_500),
  signal: Math.floor(i / phases.length + i) % 2 === 0 ? 'SIGINT' : 'SIGKILL',
  subject: Object.keys(subjects)[Math.floor(i / phases.length)] ?? 'plain',
}))

/** Runs that had come to their own end before the signal. */
const late: Moment[] = []

test.concurrent.each(moments)('$signal $afterMs ms after $phase, $subject', (moment) => lane(async () => {
  const run = start(subjects[moment.subject]?.() ?? {})
  const end = await strike(run, moment)
  const journal = join(run.out, 'history.ndjson')
  if (existsSync(journal)) expect(() => readJournal(journal)).not.toThrow()
  if (end === exitCodes.violated) late.push(moment)
  if (end === exitCodes.violated || end === moment.signal) return
  expect(moment.signal).toBe('SIGINT')
  expect(end, run.said()).toBe(exitCodes.interrupted)
  expect(run.said()).not.toContain('CERTIFIED')
  if (!existsSync(join(run.out, 'report.json'))) return
  expect(await readRunResult(run.out)).toMatchObject({ end: 'interrupted', exitCode: exitCodes.interrupted })
}))

test('a second Ctrl-C leaves at once, and nothing is left then either', async () => {
  const run = start(subjects['plain']?.() ?? {})
  await untilSaid(run, /baseline/)
  const before = footprintOf(run.out, run.pid)
  run.harness.kill('SIGINT')
  await untilSaid(run, /once more to leave at once/)
  run.harness.kill('SIGINT')
  expect(await run.exit).toBe(exitCodes.interrupted)
  await expectNothingLeft(run, [before, footprintOf(run.out, run.pid)])
})

test('nearly every signal came while the run was going on', () => {
  expect(late.length, late.map((moment) => String(moment.phase)).join(', ')).toBeLessThan(4)
})

test.each([
  ['success', () => subjectOf({}), exitCodes.certified],
  ['failure', () => subjectOf({ command: ['sh', '-c', 'sleep 600 & exit 1'] }), exitCodes.unable],
] as const)('%s', async (_, subject, expected) => {
  const run = start(subject())
  await untilSaid(run, /rabbitmq .* is ready/)
  const before = footprintOf(run.out, run.pid)
  expect(before.processes.size).toBeGreaterThan(3)
  expect(before.sockets.size).toBeGreaterThan(2)
  expect(before.folders).toHaveLength(1)
  expect(await run.exit, run.said()).toBe(expected)
  await expectNothingLeft(run, [before, footprintOf(run.out, run.pid)])
})
