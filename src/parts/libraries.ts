/**
 * Shared libraries that unpacked Debian programs need and the machine lacks: a bare container has no libssl3. They are
 * taken from the same packages, beside the program, and found through LD_LIBRARY_PATH. libc is the machine's own.
 */
import { join } from 'node:path'
import type { Apt } from './apt.ts'
import type { Machine } from './machine.ts'

/** Interpreters are not needed to run what we unpack. */
const LIBRARY = /^(lib(?!c6|c-bin|perl|python)|zlib)(?!.*-(perl|common|minimal|stdlib)$)/

export interface Unpacked {
  readonly folder: string
  /** All that apt would have installed. */
  readonly packages: readonly string[]
  /** Programs and libraries of the folder that must find theirs. */
  readonly files: readonly string[]
}

/** Adds what is missing; returns the names of those that stay missing. */
export async function addLibraries(machine: Machine, apt: Apt, unpacked: Unpacked): Promise<readonly string[]> {
  const { folder, packages, files } = unpacked
  if ((await missingLibraries(machine, folder, files)).length === 0) return []
  await apt.unpack(packages.filter((name) => LIBRARY.test(name)), join(folder, 'libraries'))
  return await missingLibraries(machine, folder, files)
}

async function missingLibraries(machine: Machine, folder: string, files: readonly string[]): Promise<string[]> {
  const { stdout } = await machine.run(['ldd', ...files], { env: libraryPath(machine, folder) })
  return [...new Set(stdout.split('\n').flatMap((line) => /^\s*(\S+) => not found/.exec(line)?.[1] ?? []))]
}

/** Debian puts libraries below a folder named by the architecture, in /lib or /usr/lib. */
export function libraryPath(machine: Machine, folder: string): Record<string, string> {
  const folders = ['usr/lib', 'lib'].flatMap((part) => {
    const base = join(folder, 'libraries', part)
    return machine.names(base).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(base, name))
  })
  return folders.length === 0 ? {} : { LD_LIBRARY_PATH: folders.join(':') }
}
