/**
 * A Python interpreter of a wanted version: the program itself, never a shim of a version manager (0.4 s per start,
 * and it may lead elsewhere tomorrow). PATH comes first, then what pyenv keeps.
 *
 * Where the harness is root, servers run as nobody, who can't enter /root, and that is where root's pyenv is: such an
 * interpreter is copied with its standard library. CPython finds its library beside itself, so a copy works anywhere
 * (measured: 94 MB with the library built in, 0.3 s); the person's own packages are not copied.
 */
import { copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Machine } from './machine.ts'

export interface Interpreter {
  readonly path: string
  /** `3.13` */
  readonly version: string
  /** Folder that it was installed into: its library is at `lib/python3.13`. */
  readonly prefix: string
}

const ASK = `import sys; print(getattr(sys, '_base_executable', sys.executable)); `
  + `print('%d.%d' % sys.version_info[:2]); print(sys.base_prefix)`

/** The first of these versions that runs here, in their order. */
export async function findInterpreter(
  machine: Machine, versions: readonly string[],
): Promise<Interpreter | undefined> {
  const kept = await pyenvVersions(machine)
  const candidates = versions.flatMap((version) => [
    machine.find(`python${version}`),
    ...kept.filter((folder) => basename(folder).startsWith(`${version}.`)).map((folder) => join(folder, 'bin/python3')),
  ])
  for (const candidate of [...candidates, machine.find('python3')]) {
    const answer = candidate === undefined ? undefined : await ask(machine, candidate)
    if (answer !== undefined && versions.includes(answer.version)) return answer
  }
  return undefined
}

/** Newest first. */
async function pyenvVersions(machine: Machine): Promise<readonly string[]> {
  const pyenv = machine.find('pyenv')
  if (pyenv === undefined) return []
  const { stdout } = await machine.run([pyenv, 'root'])
  const folder = join(stdout.trim(), 'versions')
  return machine.names(folder).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => join(folder, name))
}

async function ask(machine: Machine, candidate: string): Promise<Interpreter | undefined> {
  const { code, stdout } = await machine.run([candidate, '-c', ASK])
  const [path, version, prefix] = stdout.trim().split('\n')
  if (code !== 0 || path === undefined || version === undefined || prefix === undefined) return undefined
  return { path, version, prefix }
}

/** Whether the user that servers run as can start it. */
export async function isForServers(machine: Machine, { path }: Interpreter): Promise<boolean> {
  if (!machine.isRoot) return true
  const as = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']
  return (await machine.run([...as, path, '-c', ''])).code === 0
}

/** Left out of a copy: tests, editors, what builds extensions, and the person's packages. */
const LEFT_OUT = /^(site-packages|dist-packages|test|idlelib|tkinter|turtledemo|ensurepip|config-.*)$/

/** Compiled modules name the time of their source: with another one each start would compile them again. */
const KEEP_TIMES = { preserveTimestamps: true }

/** Copies it into a folder; the program is then at `bin/pythonX.Y` and needs `lib` to find its own library. */
export function copyInterpreter(machine: Machine, interpreter: Interpreter, into: string): void {
  const { prefix, version, path } = interpreter
  const library = `lib/python${version}`
  mkdirSync(join(into, library, 'site-packages'), { recursive: true })
  mkdirSync(join(into, 'bin'))
  copyFileSync(path, join(into, 'bin', `python${version}`))
  for (const name of machine.names(join(prefix, 'lib')).filter((file) => /^libpython.*\.so/.test(file))) {
    cpSync(join(prefix, 'lib', name), join(into, 'lib', name), { verbatimSymlinks: true })
  }
  for (const name of machine.names(join(prefix, library)).filter((entry) => !LEFT_OUT.test(entry))) {
    cpSync(join(prefix, library, name), join(into, library, name), { recursive: true, ...KEEP_TIMES })
  }
}
