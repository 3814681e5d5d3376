/**
 * The folder of one run and the names of what lies in it.
 *
 *   reports/20261121-080112-7f3a91/     or --out DIR
 *     report.json                       the whole result
 *     index.html                        the same to read; junit.xml in CI
 *     history.ndjson                    the journal; of several suites each has SUITE/history.ndjson
 *     certificate.json                  beside the journal, where the suite was certified
 *     repro/ID.json                     one per finding, likewise beside the journal
 *   reports/latest                      a link to the newest
 *
 * A folder that is named with --out may be used again: what an earlier run left is removed, but only by the names
 * above and only where a report or a journal shows that it was a run's. Anything else there is refused.
 */
import {
  existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, statSync, symlinkSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { UsageError } from '../lib/errors.ts'

export const REPORT_FILE = 'report.json'
export const HISTORY_FILE = 'history.ndjson'
export const CERTIFICATE_FILE = 'certificate.json'
export const REPRO_FOLDER = 'repro'
export const PAGE_FILE = 'index.html'
export const JUNIT_FILE = 'junit.xml'

const ownNames: readonly string[] = [REPORT_FILE, HISTORY_FILE, CERTIFICATE_FILE, REPRO_FOLDER, PAGE_FILE, JUNIT_FILE]
/** Names begin so where a run was killed before it could clean up. */
const leftovers = /^(?:ledger-.*\.ndjson|onceproof.*)$/

export interface RunFolderWish {
  /** Folder of the reports of this project, `reports` in the caller's folder. */
  readonly reports: string
  /** What --out said. */
  readonly out: string | undefined
  readonly seed: string
  /** ISO 8601. */
  readonly startedAt: string
}

/** Makes the folder, empty, and returns its absolute path. */
export function createRunFolder(wish: RunFolderWish): string {
  if (wish.out !== undefined) return clearedFolder(resolve(wish.out))
  const stamp = wish.startedAt.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  const wanted = join(resolve(wish.reports), `${stamp}-${slugOf(wish.seed)}`)
  const folder = firstFree(wanted)
  mkdirSync(folder, { recursive: true })
  linkLatest(folder)
  return folder
}

/** `reports/latest`, or any path that a person may name, as the folder that it is. */
export function openRunFolder(path: string): string {
  if (!existsSync(path)) throw new UsageError(`there is no run at ${path}`)
  const folder = realpathSync(path)
  if (!isRun(folder)) throw new UsageError(`${path} is no run: it holds neither ${REPORT_FILE} nor ${HISTORY_FILE}`)
  return folder
}

/** The share of one suite in a run of several. */
export function suiteFolder(run: string, suite: string): string {
  return join(run, slugOf(suite))
}

/** Journals of a run, in order of their folders; paths relative to it. */
export function historiesOf(run: string): string[] {
  if (existsSync(join(run, HISTORY_FILE))) return [HISTORY_FILE]
  return suiteFoldersOf(run).map((name) => join(name, HISTORY_FILE))
}

/** `demo/right` is `demo-right`: for names of folders and files. */
export function slugOf(name: string): string {
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '')
  return slug === '' ? 'suite' : slug.slice(0, 80)
}

function suiteFoldersOf(run: string): string[] {
  return readdirSync(run).filter((name) => existsSync(join(run, name, HISTORY_FILE))).sort()
}

function isRun(folder: string): boolean {
  if (!statSync(folder).isDirectory()) return false
  return existsSync(join(folder, REPORT_FILE)) || historiesOf(folder).length > 0
}

function firstFree(wanted: string): string {
  for (let n = 1; ; n += 1) {
    const candidate = n === 1 ? wanted : `${wanted}-${n}`
    if (!existsSync(candidate)) return candidate
  }
}

function clearedFolder(folder: string): string {
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true })
    return folder
  }
  if (!statSync(folder).isDirectory()) throw new UsageError(`--out ${folder} is a file; name a folder`)
  const shares = suiteFoldersOf(folder)
  const strange = [
    ...strangersIn(folder).filter((name) => !shares.includes(name)),
    ...shares.flatMap((share) => strangersIn(join(folder, share)).map((name) => join(share, name))),
  ]
  const [first] = isRun(folder) ? strange : readdirSync(folder)
  if (first !== undefined) {
    throw new UsageError(`--out ${folder} holds '${first}', which no run has left there; name another folder`)
  }
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
  return folder
}

function strangersIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => !ownNames.includes(name) && !leftovers.test(name))
}

/** Renamed into place, so that `latest` always leads somewhere. A real folder of that name is left alone. */
function linkLatest(folder: string): void {
  const latest = join(dirname(folder), 'latest')
  if (lstatSync(latest, { throwIfNoEntry: false })?.isSymbolicLink() === false) return
  const fresh = `${folder}.latest`
  symlinkSync(basename(folder), fresh)
  renameSync(fresh, latest)
}
