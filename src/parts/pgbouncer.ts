/**
 * PgBouncer, which one consumer of the zoo runs as its sidecar: Debian's package unpacked into the cache, or what the
 * system has. A state's path is the program. The stack never starts it, so only the zoo needs it.
 *
 * Our copy is called by a script that names its libraries, where the machine lacks some (c-ares is rarely there).
 */
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EnvironmentError } from '../lib/errors.ts'
import type { PartState } from '../model/part.ts'
import { openApt } from './apt.ts'
import { cacheFolder, findCached, installInto } from './cache.ts'
import { addLibraries, libraryPath } from './libraries.ts'
import type { Machine } from './machine.ts'
import { given, givenWrongly, missing, nothingToDo, type Part, type PlanLine } from './part.ts'
import { runOrExplain } from './tool.ts'

const NAME = 'pgbouncer'
const VARIABLE = 'ONCEPROOF_PGBOUNCER'
const ADVICE = `a Debian or Ubuntu with working apt sources, or give ${VARIABLE} as a path`
const PROGRAM = 'usr/sbin/pgbouncer'
const SCRIPT = 'pgbouncer'

export const pgbouncerPart: Part = { name: NAME, inspect, plan, install }

async function inspect(machine: Machine): Promise<PartState> {
  const place = given(machine, VARIABLE)
  if (place !== undefined) {
    const path = [place, join(place, SCRIPT)].find((file) => machine.isProgram(file))
    if (path === undefined) return givenWrongly(NAME, VARIABLE, 'pgbouncer')
    return found(machine, { source: 'given', path, how: `given by ${VARIABLE}` })
  }
  const cached = findCached(machine, NAME)
  const script = cached === undefined ? undefined : join(cached.folder, SCRIPT)
  if (cached !== undefined && script !== undefined && machine.isProgram(script)) {
    const { version, folder } = cached
    return { name: NAME, version, source: 'cache', path: script, state: `PgBouncer ${version} in ${folder}` }
  }
  const system = machine.find('pgbouncer') ?? ['/usr/sbin/pgbouncer'].find((file) => machine.isProgram(file))
  if (system === undefined) return missing(NAME, 'no PgBouncer was found')
  return found(machine, { source: 'system', path: system, how: 'of the system' })
}

async function found(
  machine: Machine, at: { readonly source: 'given' | 'system'; readonly path: string; readonly how: string },
): Promise<PartState> {
  const version = await versionOf(machine, at.path)
  const state = `PgBouncer ${version} at ${at.path}, ${at.how}`
  return { name: NAME, version, source: at.source, path: at.path, state }
}

/** `PgBouncer 1.18.0` */
async function versionOf(machine: Machine, path: string): Promise<string> {
  const { stdout } = await machine.run([path, '--version'])
  return /PgBouncer\s+([\d.]+)/i.exec(stdout)?.[1] ?? ''
}

function plan(machine: Machine, state: PartState): PlanLine {
  if (state.source !== 'missing') return nothingToDo(state)
  const absent = ['apt-get', 'apt-config', 'dpkg'].filter((tool) => machine.find(tool) === undefined)
  if (absent.length > 0) {
    return {
      part: NAME, action: 'none',
      text: `pgbouncer: ${absent.join(' and ')} not found on PATH; only a consumer of the zoo needs it, `
        + `${VARIABLE} may give it as a path`,
    }
  }
  return {
    part: NAME, action: 'install',
    text: `pgbouncer: apt-get download pgbouncer and unpack it into ${cacheFolder(machine)}`,
  }
}

async function install(machine: Machine): Promise<void> {
  await installInto(machine, async (folder) => {
    const scratch = join(folder, 'apt')
    const apt = await openApt(machine, scratch, ADVICE)
    const packages = await apt.closure('pgbouncer')
    await apt.unpack(['pgbouncer'], folder)
    const still = await addLibraries(machine, apt, { folder, packages, files: [join(folder, PROGRAM)] })
    if (still.length > 0) throw new EnvironmentError(`pgbouncer needs ${still.join(', ')}; try ${ADVICE}`)
    writeScript(machine, folder)
    const printed = await runOrExplain(machine, {
      name: 'pgbouncer --version', command: [join(folder, SCRIPT), '--version'], advice: ADVICE,
    })
    rmSync(scratch, { recursive: true, force: true })
    const version = /PgBouncer\s+([\d.]+)/i.exec(printed)?.[1] ?? 'unknown'
    return { entry: `${NAME}-${version}`, name: NAME, version }
  })
}

/** It finds its folder by its own name, since the folder is renamed when it is whole. */
function writeScript(machine: Machine, folder: string): void {
  const libraries = libraryPath(machine, folder)['LD_LIBRARY_PATH']?.replaceAll(folder, '$here')
  const script = join(folder, SCRIPT)
  writeFileSync(script, [
    '#!/bin/sh',
    'here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)',
    ...libraries === undefined ? [] : [`export LD_LIBRARY_PATH="${libraries}"`],
    `exec "$here/${PROGRAM}" "$@"`,
    '',
  ].join('\n'))
  chmodSync(script, 0o755)
}
