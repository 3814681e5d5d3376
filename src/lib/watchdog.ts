/**
 * A program of its own: ends what a harness left behind, however the harness ended.
 *
 * It is started with a pipe from the harness as its standard input, in its own session. The pipe closes when the
 * harness is gone, by SIGKILL too; nothing else can be trusted then: parent-death signals reach direct children only
 * (prctl(2), PR_SET_PDEATHSIG is cleared in a fork's child). It then kills every process group of the ledger, every
 * process that carries the run's mark, and all their descendants, until none is left, and deletes the registered
 * folders. It prints nothing and knows nothing of what it kills.
 *
 *     node watchdog.ts LEDGER-FILE RUN-MARK < pipe
 */
import { readFileSync, rmSync } from 'node:fs'
import { setPriority } from 'node:os'
import { poll } from './clock.ts'
import { parseLedger, type GroupLine, type LedgerLine } from './ledger-lines.ts'
import { carriesMark, readProcess, readProcesses, type ProcessEntry } from './process-table.ts'

const LIMIT_MS = 3_000
/** For those that get a signal before SIGKILL. */
const FIRST_LIMIT_MS = 500
const EVERY_MS = 20
const PRIORITY = -10

const [file, mark] = process.argv.slice(2)
if (file !== undefined && mark !== undefined) {
  process.stdin.once('error', () => void clear(file, mark))
  process.stdin.once('end', () => void clear(file, mark))
  process.stdin.resume()
}

let begun = false

async function clear(file: string, mark: string): Promise<void> {
  if (begun) return
  begun = true
  hurry()
  const lines = parseLedger(readFileSync(file, 'utf8'))
  await askFirst(lines)
  await poll(() => (killOnce(lines, mark) === 0 ? true : undefined), {
    what: 'end of every process', limitMs: LIMIT_MS, everyMs: EVERY_MS,
  }).catch(() => undefined)
  for (const folder of lines.flatMap((line) => line.folder ?? [])) rmSync(folder, { recursive: true, force: true })
  rmSync(file, { force: true })
  process.exit(0)
}

/** What it ends may keep the machine busy; only root may go before others. */
function hurry(): void {
  try {
    setPriority(PRIORITY)
  } catch {
    // Then it does its work among the others.
    return
  }
}

/** The signal that a leader wants before SIGKILL, and a moment for it; the others' SIGKILL comes after that. */
async function askFirst(lines: readonly LedgerLine[]): Promise<void> {
  const asked = lines.flatMap(({ group }) => (group?.first !== undefined && isLeader(group) ? [group] : []))
  for (const { pgid, first } of asked) send(pgid, first ?? 'SIGKILL')
  await poll(() => (asked.some(isLeader) ? undefined : true), {
    what: 'end of those that were asked first', limitMs: FIRST_LIMIT_MS, everyMs: 5,
  }).catch(() => undefined)
}

function isLeader(group: GroupLine): boolean {
  const entry = readProcess(group.pgid)
  return entry !== undefined && !entry.zombie && entry.startTime === group.startTime
}

/** Returns how many were still alive. */
function killOnce(lines: readonly LedgerLine[], mark: string): number {
  const table = readProcesses().filter((entry) => !entry.zombie && entry.pid !== process.pid)
  const groups = liveGroups(lines, table)
  const doomed = new Set(table
    .filter((entry) => groups.has(entry.group) || groups.has(entry.session) || carriesMark(entry.pid, mark))
    .map((entry) => entry.pid))
  for (let grown = true; grown;) {
    const children = table.filter((entry) => doomed.has(entry.parent) && !doomed.has(entry.pid))
    for (const child of children) doomed.add(child.pid)
    grown = children.length > 0
  }
  for (const pid of doomed) send(pid, 'SIGKILL')
  return doomed.size
}

/** A group whose number now belongs to a younger process is not ours any more. */
function liveGroups(lines: readonly LedgerLine[], table: readonly ProcessEntry[]): ReadonlySet<number> {
  const groups = new Map<number, string>()
  for (const { group, gone } of lines) {
    if (group !== undefined) groups.set(group.pgid, group.startTime)
    if (gone !== undefined) groups.delete(gone)
  }
  for (const entry of table) {
    const startTime = groups.get(entry.pid)
    if (startTime !== undefined && startTime !== entry.startTime) groups.delete(entry.pid)
  }
  return new Set(groups.keys())
}

function send(pid: number, signal: string): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself in the meantime, or belongs to another user; the next look tells.
    return
  }
}
