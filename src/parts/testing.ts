/** For tests: a machine that is made up, by its programs and files and by what programs print. */
import type { Machine } from './machine.ts'

export interface Facts {
  readonly env?: Readonly<Record<string, string>>
  readonly isRoot?: boolean
  readonly arch?: string
  /** Absolute paths; a program that lies in /usr/bin is on PATH. */
  readonly programs?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  /** What a program prints, by the end of its command line. */
  readonly prints?: Readonly<Record<string, string>>
}

export function machine(facts: Facts): Machine {
  const files = facts.files ?? {}
  const programs = facts.programs ?? []
  const paths = [...programs, ...Object.keys(files)]
  return {
    env: facts.env ?? {}, isRoot: facts.isRoot ?? false, home: '/home/me', platform: 'linux', arch: facts.arch ?? 'x64',
    isFolder: (path) => paths.some((other) => other.startsWith(`${path}/`)),
    isProgram: (path) => programs.includes(path),
    names: (folder) => {
      const prefix = `${folder.replace(/\/$/, '')}/`
      const below = paths.filter((path) => path.startsWith(prefix))
      return [...new Set(below.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].toSorted()
    },
    read: (path) => files[path],
    find: (program) => (programs.includes(`/usr/bin/${program}`) ? `/usr/bin/${program}` : undefined),
    run: (command) => {
      const line = command.join(' ')
      const known = Object.entries(facts.prints ?? {}).find(([end]) => line.includes(end))
      return Promise.resolve({ code: known === undefined ? 1 : 0, stdout: known?.[1] ?? '', stderr: '' })
    },
  }
}
