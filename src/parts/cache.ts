/**
 * The folder that setup installs into, and nothing else ever does.
 *
 * One folder per part and version, made beside its final place and renamed into it: a folder with a marker is whole,
 * and setups that run at the same time end with one of the two. As root it is not below /root, which the user that
 * servers run as can't enter.
 */
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EnvironmentError } from '../lib/errors.ts'
import { readProcess } from '../lib/process-table.ts'
import type { Machine } from './machine.ts'
import { runOrExplain } from './tool.ts'

const SYSTEM_CACHE = '/var/cache/onceproof'
const MARKER = 'onceproof-part.json'
const UNFINISHED = '.unfinished-'

export interface Cached {
  readonly folder: string
  readonly version: string
}

export function cacheFolder(machine: Machine): string {
  const own = machine.env['ONCEPROOF_CACHE']
  if (own !== undefined && own !== '') return own
  if (machine.isRoot) return SYSTEM_CACHE
  const base = machine.env['XDG_CACHE_HOME']
  return join(base === undefined || base === '' ? join(machine.home, '.cache') : base, 'onceproof')
}

/** Newest version of a part, or the one asked for, in the person's own cache, else in root's, which all may read. */
export function findCached(machine: Machine, name: string, version?: string): Cached | undefined {
  const folders = machine.env['ONCEPROOF_CACHE'] ? [cacheFolder(machine)] : [cacheFolder(machine), SYSTEM_CACHE]
  return folders.flatMap((folder) => cachedIn(machine, folder, name))
    .find((cached) => version === undefined || cached.version === version)
}

function cachedIn(machine: Machine, cache: string, name: string): Cached[] {
  return machine.names(cache)
    .filter((entry) => entry.startsWith(`${name}-`))
    .flatMap((entry) => {
      const marker = machine.read(join(cache, entry, MARKER))
      const version = marker === undefined ? undefined : parseMarker(marker, name)
      return version === undefined ? [] : [{ folder: join(cache, entry), version }]
    })
    .toSorted((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }))
}

function parseMarker(text: string, name: string): string | undefined {
  const marker = JSON.parse(text) as { readonly name?: unknown; readonly version?: unknown }
  return marker.name === name && typeof marker.version === 'string' ? marker.version : undefined
}

export interface Filled {
  /** Name of the folder in the cache. */
  readonly entry: string
  readonly name: string
  readonly version: string
}

/** Has `fill` install into an empty folder, then puts that in its place. Returns the place. */
export async function installInto(machine: Machine, fill: (folder: string) => Promise<Filled>): Promise<string> {
  const cache = cacheFolder(machine)
  makeCache(cache)
  removeUnfinished(machine, cache)
  const before = new Set(wholeIn(machine, cache))
  const folder = mkdtempSync(join(cache, `${UNFINISHED}${process.pid}-`))
  try {
    const { entry, name, version } = await fill(folder)
    writeFileSync(join(folder, MARKER), `${JSON.stringify({ name, version })}\n`)
    chmodSync(folder, 0o755)
    await runOrExplain(machine, {
      name: 'chmod', command: ['chmod', '-R', 'a+rX', folder], advice: `another ONCEPROOF_CACHE than ${cache}`,
    })
    const place = join(cache, entry)
    // A setup that ran at the same time was faster, and perhaps its install is in use already.
    const isThere = wholeIn(machine, cache).includes(entry) && !before.has(entry)
    if (!isThere) moveInto(folder, place)
    return place
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function wholeIn(machine: Machine, cache: string): readonly string[] {
  return machine.names(cache).filter((entry) => machine.read(join(cache, entry, MARKER)) !== undefined)
}

function makeCache(cache: string): void {
  try {
    mkdirSync(cache, { recursive: true, mode: 0o755 })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new EnvironmentError(`the cache folder ${cache} can't be made (${why}); set ONCEPROOF_CACHE to another`)
  }
}

/** What stands there already is an older or broken install. */
function moveInto(folder: string, place: string): void {
  rmSync(place, { recursive: true, force: true })
  try {
    renameSync(folder, place)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

/** Leftovers of setups that were killed. */
function removeUnfinished(machine: Machine, cache: string): void {
  for (const entry of machine.names(cache).filter((name) => name.startsWith(UNFINISHED))) {
    const pid = Number(entry.slice(UNFINISHED.length).split('-')[0])
    if (pid !== process.pid && readProcess(pid) === undefined) {
      rmSync(join(cache, entry), { recursive: true, force: true })
    }
  }
}
