/**
 * What Linux says about running processes: /proc/PID/stat and /proc/PID/environ, read synchronously.
 *
 * Every process that we start carries marks in its environment, which its descendants inherit even when they leave
 * the process group (setsid) and lose their parent (daemons). A process may overwrite its own environment (Postgres
 * does, for its title), so the tree and the group count as well. A zombie is dead: where pid 1 does not reap, killed
 * processes stay in the table for ever. Nothing here kills anything.
 *
 * /proc/PID/stat, proc_pid_stat(5): pid (comm) state ppid pgrp session ... starttime is field 22, in clock ticks
 * since boot; pid and start time together name a process for the life of the machine.
 */
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly zombie: boolean
  /** By SIGSTOP or a debugger. */
  readonly stopped: boolean
  readonly startTime: string
}

/** Undefined when there is no such process any more. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readProc(`${pid}/stat`)
  return stat === undefined ? undefined : decodeStat(pid, stat)
}

/** The command's name is in parentheses and may itself hold spaces and parentheses: the last one ends it. */
export function decodeStat(pid: number, stat: string): ProcessEntry | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).trim().split(' ')
  const [state, parent, group, session] = fields
  const startTime = fields[19]
  if (state === undefined || parent === undefined || group === undefined) return undefined
  if (session === undefined || startTime === undefined) return undefined
  return {
    pid, parent: Number(parent), group: Number(group), session: Number(session),
    zombie: state === 'Z' || state === 'X', stopped: state === 'T' || state === 't', startTime,
  }
}

/** Pids of the machine, in no order. */
export function readPids(): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
}

export function readProcesses(): ProcessEntry[] {
  return readPids().flatMap((pid) => readProcess(pid) ?? [])
}

/** Whether the process was started with `mark` (a whole `NAME=value`) in its environment, as far as we may look. */
export function carriesMark(pid: number, mark: string): boolean {
  const environ = readProc(`${pid}/environ`)
  return environ !== undefined && `\0${environ}\0`.includes(`\0${mark}\0`)
}

/** Children, their children and so on, without the process itself; none for a process that is gone. */
export function readDescendants(pid: number): number[] {
  const found: number[] = []
  const left = [pid]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const children = readChildren(next)
    found.push(...children)
    left.push(...children)
  }
  return found
}

/** A child hangs on the thread that made it. */
function readChildren(pid: number): number[] {
  let threads: string[]
  try {
    threads = readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
  return threads.flatMap((thread) => (readProc(`${pid}/task/${thread}/children`) ?? '').split(' ')
    .filter((child) => child !== '').map(Number))
}

/** A process may end between any two reads, and another user's may not be looked into: both are no answer. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'latin1')
  } catch {
    return undefined
  }
}
