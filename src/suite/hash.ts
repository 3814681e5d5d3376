/**
 * Who was certified: one hash over the subject's command, its interpreter and its files.
 *
 * Files are those that git tracks or would track under the subject's folder, else all files up to 10 MB; lockfiles of
 * the folders above count too, because they decide which libraries run. Installed packages, caches and folders of our
 * own runs are left out. It does not prove which of these files the subject reads.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import type { Suite } from '../model/suite.ts'
import type { Interpreter } from './interpreter.ts'
import { prepareSubject } from './subject-environment.ts'

export interface SubjectIdentity {
  /** sha256, hexadecimal. */
  readonly hash: string
  /** How many files are in the hash. */
  readonly files: number
  /** Files that are too large, unreadable or beyond the limit: the hash says nothing of them. */
  readonly left: number
  readonly commit?: string
  /** The folder differs from the commit. */
  readonly dirty?: boolean
  readonly interpreter: Interpreter
}

const sizeMaxBytes = 10 * 1024 * 1024
const filesMax = 20_000
const gitLimitMs = 30_000
const leftOut = new Set(['node_modules', '.git', '.hg', '.venv', 'venv', '__pycache__', '.mypy_cache', '.pytest_cache'])
const lockfiles = [
  'package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'deno.lock',
  'requirements.txt', 'poetry.lock', 'uv.lock', 'Pipfile.lock', 'pdm.lock', 'go.sum', 'Gemfile.lock', 'Cargo.lock',
  'composer.lock', 'mix.lock', 'gradle.lockfile', 'packages.lock.json',
]
const run = promisify(execFile)

export async function identifySubject(suite: Suite, env: NodeJS.ProcessEnv = process.env): Promise<SubjectIdentity> {
  const { subject } = suite
  const { interpreter, next } = await prepareSubject(suite, env)
  const repository = await readRepository(subject.cwd)
  const own = repository?.files ?? await filesUnder(subject.cwd)
  const all = [...own, ...await lockfilesAbove(subject.cwd, repository?.root)].sort()
  const hash = createHash('sha256')
  hash.update(JSON.stringify([subject.command, interpreter.path, interpreter.version ?? null]))
  // Its files are those of the same folder.
  if (next !== undefined && subject.next !== undefined) {
    hash.update(JSON.stringify(['next', subject.next.command, next.interpreter.path, next.interpreter.version ?? null]))
  }
  let files = 0
  for (const path of all.slice(0, filesMax)) {
    const digest = await digestOf(path)
    if (digest === undefined) continue
    hash.update(JSON.stringify([relative(subject.cwd, path), digest]))
    files += 1
  }
  const git = repository === undefined ? {} : { commit: repository.commit, dirty: repository.dirty }
  return { hash: hash.digest('hex'), files, left: all.length - files, ...git, interpreter }
}

interface Repository {
  readonly root: string
  readonly commit: string
  readonly dirty: boolean
  readonly files: string[]
}

/** Undefined outside git, and where git knows none of the folder's files. */
async function readRepository(folder: string): Promise<Repository | undefined> {
  const listed = await git(folder, ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '.'])
  const names = [...new Set((listed ?? '').split('\0'))].filter((name) => name !== '')
  const root = await git(folder, ['rev-parse', '--show-toplevel'])
  const commit = await git(folder, ['rev-parse', 'HEAD'])
  const status = await git(folder, ['status', '--porcelain', '--', '.'])
  if (names.length === 0 || root === undefined || commit === undefined || status === undefined) return undefined
  const kept = names.filter((name) => !name.split('/').some((part) => leftOut.has(part)))
  const files = kept.map((name) => join(folder, name))
  return { root: root.trim(), commit: commit.trim(), dirty: status.trim() !== '', files }
}

/** Undefined when git is missing, refuses, or the folder is not in a repository. */
async function git(folder: string, words: readonly string[]): Promise<string | undefined> {
  // A hook's GIT_DIR names the caller's repository, which need not be the subject's.
  const callers = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
  const env = { ...callers, GIT_OPTIONAL_LOCKS: '0' }
  const options = { cwd: folder, timeout: gitLimitMs, maxBuffer: 64 * 1024 * 1024, env }
  return await run('git', [...words], options).then(({ stdout }) => stdout, () => undefined)
}

/** Breadth first, so that what lies near the subject is in the hash when there are too many. */
async function filesUnder(folder: string): Promise<string[]> {
  const files: string[] = []
  let folders = [folder]
  while (folders.length > 0 && files.length <= filesMax) {
    const next: string[] = []
    for (const current of folders) {
      const entries = await readdir(current, { withFileTypes: true }).catch(() => [])
      if (entries.some((entry) => entry.name === 'history.ndjson')) continue
      for (const entry of entries) {
        if (leftOut.has(entry.name)) continue
        if (entry.isDirectory()) next.push(join(current, entry.name))
        else if (entry.isFile() || entry.isSymbolicLink()) files.push(join(current, entry.name))
      }
    }
    folders = next
  }
  return files
}

/** Of the folders above, up to the repository's root; outside git nobody knows how far up to look. */
async function lockfilesAbove(folder: string, root: string | undefined): Promise<string[]> {
  const real = await realpath(folder)
  if (root === undefined || real === root) return []
  const above: string[] = []
  for (let current = dirname(real); current.startsWith(root); current = dirname(current)) {
    const names = await readdir(current).catch((): string[] => [])
    above.push(...lockfiles.filter((name) => names.includes(name)).map((name) => join(current, name)))
    if (current === root) break
  }
  return above
}

/** Of a link, where it leads; of a file that git still lists, that it is gone; undefined: unreadable or too large. */
async function digestOf(path: string): Promise<string | undefined> {
  try {
    const found = await lstat(path)
    if (found.isSymbolicLink()) return `link ${await readlink(path)}`
    if (!found.isFile() || found.size > sizeMaxBytes) return undefined
    return createHash('sha256').update(await readFile(path)).digest('hex')
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'absent' : undefined
  }
}
