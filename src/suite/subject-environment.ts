/**
 * The command that a subject is started with, and its variables: the caller's (without npm's), then the env file's,
 * then the suite's with its templates filled in. Later ones win.
 *
 * What does not change during a run (the interpreter, the file) is found once by `prepareSubject`; addresses, ports
 * and folders are filled in for each incarnation by `renderEnvironment`.
 */
import type { Suite } from '../model/suite.ts'
import { callerEnvironment } from './caller-environment.ts'
import { parseEnvFile } from './env-file.ts'
import { resolveInterpreter } from './interpreter.ts'
import type { Interpreter } from './interpreter.ts'
import { readNamedFile } from './read-file.ts'
import { renderTemplate, templateNames } from './template.ts'

export interface SubjectCommand extends FoundCommand {
  /** The next version's, where the suite declares one. */
  readonly next: FoundCommand | undefined
  /** Variables of the caller and of the env file. */
  readonly base: Readonly<Record<string, string>>
  /** Names of the env file's. */
  readonly fromFile: ReadonlySet<string>
}

export interface FoundCommand {
  /** The suite's command with the interpreter that was found as its first word. */
  readonly command: readonly [string, ...string[]]
  readonly interpreter: Interpreter
}

/** Where programs look for their temporary folder; the first that is set counts. */
const temporary = ['TMPDIR', 'TMP', 'TEMP']

type Version = Pick<Suite['subject'], 'command' | 'env'>
type Values = Readonly<Record<string, string>>

const portPrefix = 'incarnation.port.'

/** Throws UsageError when the interpreter is not there. `env` is the environment that the harness was started with. */
export async function prepareSubject(suite: Suite, env: NodeJS.ProcessEnv): Promise<SubjectCommand> {
  const { subject } = suite
  const file = subject.envFile === undefined ? {}
    : parseEnvFile(await readNamedFile(subject.envFile, `${suite.name}: subject.envFile`))
  const base = { ...callerEnvironment(env), ...file }
  const { cwd, next } = subject
  const find = async ({ command, env: own }: Version, where: string): Promise<FoundCommand> => {
    // A PATH of the suite's own decides too; a value with templates can't be known yet.
    const fixed = Object.entries(own).filter(([, text]) => templateNames(text).length === 0)
    const interpreter = await resolveInterpreter(command, { ...base, ...Object.fromEntries(fixed) }, cwd, where)
    return { command: interpreter.command, interpreter }
  }
  return {
    ...await find(subject, 'subject.command'), base, fromFile: new Set(Object.keys(file)),
    next: next === undefined ? undefined : await find(next, 'subject.next.command'),
  }
}

export interface RenderFrom {
  readonly values: Values
  /** Asked once for each `{{incarnation.port.NAME}}`. */
  port(): Promise<number>
  /** The incarnation's own temporary folder; a suite or an env file that names one keeps its own. */
  readonly tmp: string
  /** The subject itself (the default), or the version that a deploy puts in its place. */
  readonly version?: 'current' | 'next'
}

/** All variables of one incarnation. */
export async function renderEnvironment(
  suite: Suite, subject: SubjectCommand, from: RenderFrom,
): Promise<Record<string, string>> {
  const { next, env } = suite.subject
  const variables = from.version === 'next' && next !== undefined ? next.env : env
  const names = new Set(Object.values(variables).flatMap(templateNames))
  const values: Record<string, string> = { ...from.values }
  for (const name of names) {
    if (name.startsWith(portPrefix) && !Object.hasOwn(values, name)) values[name] = String(await from.port())
  }
  const isNamed = temporary.some((name) => Object.hasOwn(variables, name) || subject.fromFile.has(name))
  const own = isNamed ? {} : Object.fromEntries(temporary.map((name) => [name, from.tmp]))
  return { ...fillIn(Object.entries(variables), subject, values), ...own }
}

/** Variables of a setup command: those whose templates have no value yet (a source's address) are left out. */
export function renderSetupEnvironment(suite: Suite, subject: SubjectCommand, values: Values): Record<string, string> {
  const known = Object.entries(suite.subject.env)
    .filter(([, text]) => templateNames(text).every((name) => Object.hasOwn(values, name)))
  return fillIn(known, subject, values)
}

function fillIn(
  entries: readonly (readonly [string, string])[], subject: SubjectCommand, values: Values,
): Record<string, string> {
  const own = entries.map(([name, text]) => [name, renderTemplate(text, values, `subject.env.${name}`)])
  return { ...subject.base, ...Object.fromEntries(own) }
}
