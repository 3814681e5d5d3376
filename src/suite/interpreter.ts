/**
 * Which program a subject's command really is: the first word as the subject's own PATH finds it, with the shims of
 * version managers (pyenv, asdf, nodenv) seen through by asking the interpreter itself.
 *
 * A shim is a shell script that picks a version and starts it: running it for each incarnation costs tens of
 * milliseconds, and its name says nothing about what was certified.
 */
import { execFile } from 'node:child_process'
import { access, constants, stat } from 'node:fs/promises'
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { UsageError } from '../lib/errors.ts'

export interface Interpreter {
  /** Absolute path to start in place of the command's first word. */
  readonly path: string
  /** What it says of itself; undefined for programs that we do not know how to ask. */
  readonly version: string | undefined
  /** The whole command with that path. */
  readonly command: readonly [string, ...string[]]
}

type Environment = Readonly<Record<string, string>>

const askLimitMs = 20_000
const run = promisify(execFile)
const asked = new Map<string, Promise<Answer>>()

interface Answer {
  readonly path: string
  readonly version: string | undefined
}

/** `env` is the subject's, `cwd` its folder: version managers look for their files from there upwards. */
export async function resolveInterpreter(
  command: readonly string[], env: Environment, cwd: string, where = 'subject.command',
): Promise<Interpreter> {
  const [word = '', ...rest] = command
  const found = await findProgram(word, env, cwd, where)
  const key = JSON.stringify([found, cwd, env['PATH'], env['PYENV_VERSION'], env['NODENV_VERSION'], env['VIRTUAL_ENV']])
  const answer = asked.get(key) ?? ask(found, env, cwd)
  asked.set(key, answer)
  const { path, version } = await answer
  return { path, version, command: [path, ...rest] }
}

async function findProgram(word: string, env: Environment, cwd: string, where: string): Promise<string> {
  if (word.includes('/')) {
    const path = resolve(cwd, word)
    if (await isProgram(path)) return path
    throw new UsageError(`${where}: ${path} is not there or can't be executed`)
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of folders) {
    const path = join(isAbsolute(folder) ? folder : resolve(cwd, folder), word)
    if (await isProgram(path)) return path
  }
  const searched = folders.length === 0 ? 'PATH is empty' : `searched ${folders.join(', ')}`
  throw new UsageError(`${where}: '${word}' was not found on the caller's PATH; ${searched}`)
}

async function isProgram(path: string): Promise<boolean> {
  const isFile = await stat(path).then((found) => found.isFile(), () => false)
  return isFile && await access(path, constants.X_OK).then(() => true, () => false)
}

/** Questions by the family of the program's name; both answer with two lines. */
const questions: readonly { readonly name: RegExp; readonly words: readonly string[] }[] = [
  {
    name: /^(?:python|pypy)[\d.]*$/,
    words: ['-c', 'import sys, platform; print(sys.executable); print(platform.python_version())'],
  },
  { name: /^node(?:js)?[\d.]*$/, words: ['-p', "process.execPath + '\\n' + process.version"] },
]

async function ask(path: string, env: Environment, cwd: string): Promise<Answer> {
  const question = questions.find(({ name }) => name.test(basename(path)))
  if (question === undefined) return { path, version: undefined }
  const { stdout } = await run(path, [...question.words], { env: { ...env }, cwd, timeout: askLimitMs })
    .catch((error: unknown) => { throw new UsageError(`subject.command: ${path} does not start: ${reason(error)}`) })
  const [executable = '', version] = stdout.trimEnd().split('\n').slice(-2)
  return { path: isAbsolute(executable) ? executable : path, version }
}

/** The first line that the program wrote about itself. */
function reason(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  const [line = ''] = (stderr === '' ? String(error) : stderr).split('\n')
  return line
}
