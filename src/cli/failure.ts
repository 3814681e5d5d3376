/**
 * What a person is told when a command could not do its work: one sentence, and whose turn it is.
 *
 * Stacks are for whoever mends the harness: DEBUG=onceproof shows them.
 */
import { DeadlineError, EnvironmentError, InterruptedError, SubjectError, UsageError } from '../lib/errors.ts'
import { exitCodes } from '../model/verdict.ts'

export interface Failure {
  readonly text: string
  readonly exitCode: number
}

/** `folder`: where the run's files are, if it has come that far. */
export function failureOf(error: unknown, env: NodeJS.ProcessEnv, folder?: string): Failure {
  const said = error instanceof Error ? error.message : String(error)
  const kept = folder === undefined ? '' : `; what was recorded is in ${folder}`
  const stack = wantsStack(env) && error instanceof Error ? `\n${error.stack ?? ''}` : ''
  if (error instanceof InterruptedError) return { text: `interrupted${kept}${stack}`, exitCode: exitCodes.interrupted }
  if (isTheirs(error)) return { text: `${said}${stack}`, exitCode: exitCodes.unable }
  if (error instanceof DeadlineError) return { text: `${said}${kept}${stack}`, exitCode: exitCodes.unable }
  const hint = stack === '' ? '; DEBUG=onceproof shows where' : ''
  return { text: `this is a bug of onceproof: ${said}${kept}${hint}${stack}`, exitCode: exitCodes.unable }
}

/** The person, the machine or the subject has to change something. */
function isTheirs(error: unknown): boolean {
  return error instanceof UsageError || error instanceof EnvironmentError || error instanceof SubjectError
}

function wantsStack(env: NodeJS.ProcessEnv): boolean {
  return (env['DEBUG'] ?? '').split(',').some((name) => name === 'onceproof' || name === '*')
}
