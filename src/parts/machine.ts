/**
 * What parts are looked for on: environment, files and programs of this machine, behind one small interface so that
 * finding and planning can be tested with facts that are made up. Changes nothing by itself; running a program does
 * what the program does.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'

export interface ToolRun {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly onLine?: (line: string) => void
}

export interface ToolEnd {
  /** Undefined when it could not be started. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isRoot: boolean
  readonly home: string
  readonly platform: string
  /** Node's word: `x64`, `arm64`. */
  readonly arch: string
  isFolder(path: string): boolean
  isProgram(path: string): boolean
  /** Names in a folder, sorted; none where there is no such folder. */
  names(folder: string): readonly string[]
  read(path: string): string | undefined
  /** Absolute path of a program as PATH finds it. */
  find(program: string): string | undefined
  run(command: readonly string[], how?: ToolRun): Promise<ToolEnd>
}

export function thisMachine(): Machine {
  return {
    env: process.env,
    isRoot: process.getuid?.() === 0,
    home: homedir(),
    platform: process.platform,
    arch: process.arch,
    isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
    isProgram,
    names: (folder) => (isReadable(folder) ? readdirSync(folder).toSorted() : []),
    read: (path) => (isReadable(path) ? readFileSync(path, 'utf8') : undefined),
    find: (program) => (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute)
      .map((folder) => join(folder, program)).find(isProgram),
    run: runTool,
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

/** Tools stay in the person's own session and group: Ctrl-C at the terminal reaches them too. */
function runTool(command: readonly string[], how: ToolRun = {}): Promise<ToolEnd> {
  const [program = '', ...words] = command
  return new Promise((resolve) => {
    const tool = spawn(program, words, {
      cwd: how.cwd, env: { ...process.env, ...how.env }, stdio: ['ignore', 'pipe', 'pipe'],
    })
    const text = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      tool[stream].setEncoding('utf8').on('data', (chunk: string) => {
        text[stream] += chunk
        for (const line of chunk.split('\n')) if (line.trim() !== '') how.onLine?.(line.trim())
      })
    }
    tool.once('error', () => resolve({ code: undefined, ...text }))
    tool.once('close', (code) => resolve({ code: code ?? -1, ...text }))
  })
}
