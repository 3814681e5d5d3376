/**
 * Processor time of the harness, of its subjects and of the servers, read from Linux.
 *
 * The harness: getrusage of this process alone, all threads. Subjects: what the living ones have used so far
 * (utime + stime) and what this process was told of those that it has waited for (cutime + cstime of its own). Servers:
 * every other child of this process with its descendants, their reaped children included. The tick of these numbers is
 * 1/100 s (USER_HZ, the same on every Linux that Node runs on), so only sums over many kills mean anything.
 *
 * proc_pid_stat(5): fields 14 to 17 are utime, stime, cutime, cstime.
 */
import { readFileSync } from 'node:fs'
import { readDescendants, readProcesses } from '../lib/process-table.ts'

const TICK_S = 0.01

/** Seconds. */
export interface CpuTimes {
  readonly harness: number
  readonly subjects: number
  readonly servers: number
}

/** `subjects` are the pids of those that live now. */
export function readCpu(subjects: readonly number[]): CpuTimes {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  const children = readProcesses().filter((entry) => entry.parent === process.pid).map((entry) => entry.pid)
  const servers = children.filter((pid) => !subjects.includes(pid)).flatMap((pid) => [pid, ...readDescendants(pid)])
  return {
    harness: (userCPUTime + systemCPUTime) / 1_000_000,
    subjects: timesOf(process.pid).reaped + sum(subjects.map((pid) => timesOf(pid).own)),
    servers: sum(servers.map((pid) => timesOf(pid).own + timesOf(pid).reaped)),
  }
}

export function cpuBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  return {
    harness: after.harness - before.harness, subjects: after.subjects - before.subjects,
    servers: after.servers - before.servers,
  }
}

function timesOf(pid: number): { readonly own: number; readonly reaped: number } {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    // It went while we looked; what it used is in its parent's share now.
    return { own: 0, reaped: 0 }
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number)
  const [user = 0, system = 0, reapedUser = 0, reapedSystem = 0] = fields.slice(11, 15)
  return { own: (user + system) * TICK_S, reaped: (reapedUser + reapedSystem) * TICK_S }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
