/**
 * The floor of a kill: what it costs this machine to start the subject's interpreter with the subject's modules and
 * nothing else. One start at a time says how long a start takes, one per core how many there can be.
 *
 * The processes end by themselves, talk to nobody, and are started without any of the harness's care.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { nowMs } from '../lib/clock.ts'
import { SubjectError } from '../lib/errors.ts'
import { readCpu } from './bench-cpu.ts'

export interface BareStart {
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export interface BareTimes {
  /** Milliseconds per start: the whole time by the number of starts. */
  readonly wallMs: number
  /** Processor seconds per start. */
  readonly cpuS: number
}

/** `lanes` of them side by side, `starts` in all. Nothing else of this process may end meanwhile. */
export async function timeBareStarts(bare: BareStart, lanes: number, starts: number): Promise<BareTimes> {
  let left = starts
  const before = readCpu([]).subjects
  const lane = async (): Promise<void> => {
    for (; left > 0;) {
      left -= 1
      await startOnce(bare)
    }
  }
  const began = nowMs()
  await Promise.all(Array.from({ length: lanes }, lane))
  return { wallMs: (nowMs() - began) / starts, cpuS: (readCpu([]).subjects - before) / starts }
}

async function startOnce({ command, cwd, env }: BareStart): Promise<void> {
  const [program = '', ...words] = command
  const child = spawn(program, words, { cwd, env: { ...env }, stdio: 'ignore' })
  await once(child, 'exit')
  if (child.exitCode === 0) return
  throw new SubjectError(`${command.join(' ')} ended with ${child.exitCode ?? child.signalCode}`)
}
