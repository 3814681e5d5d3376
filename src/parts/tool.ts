/**
 * Runs a tool that must succeed. A failure becomes one sentence: which tool, the last line of it that looks like an
 * error, and what to try; whole logs help nobody at a terminal.
 */
import { EnvironmentError } from '../lib/errors.ts'
import type { Machine, ToolEnd, ToolRun } from './machine.ts'

export interface Tool {
  /** As it is named in a sentence: `npm install`. */
  readonly name: string
  readonly command: readonly string[]
  /** What to try when it fails; goes on after `try`. */
  readonly advice: string
  readonly how?: ToolRun
}

/** Returns what it printed to standard output. */
export async function runOrExplain(machine: Machine, tool: Tool): Promise<string> {
  const end = await machine.run(tool.command, tool.how)
  if (end.code !== 0) throw new EnvironmentError(`${tool.name} ${reason(end)}; try ${tool.advice}`)
  return end.stdout
}

function reason(end: ToolEnd): string {
  if (end.code === undefined) return 'could not be started'
  return `failed with exit code ${end.code}: ${lastErrorLine(`${end.stdout}\n${end.stderr}`)}`
}

/** The last line that says that something is wrong, else the last line. */
export function lastErrorLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  const telling = lines.filter((line) => /\berr(or)?\b[:!]?|^E:|fatal|cannot|could not|denied|not found/i.test(line)
    && !/A complete log of this run|--help/i.test(line))
  return (telling.at(-1) ?? lines.at(-1) ?? 'it printed nothing').slice(0, 300)
}
