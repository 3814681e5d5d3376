/**
 * A suite's setup command (migrations, fixtures): run once by a shell as its author would type it, against the database
 * that cells are cloned from. It fails loudly: a stack that was set up by halves proves nothing.
 */
import { within } from '../lib/clock.ts'
import { DeadlineError, SubjectError } from '../lib/errors.ts'
import type { Ledger } from '../lib/ledger.ts'
import { startProcess } from '../lib/process-group.ts'

const SETUP_MS = 300_000

export interface SetupCommand {
  readonly suite: string
  readonly run: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** What of its output a sentence may hold. */
  quote(output: string): string
}

/** Errors: SubjectError with the command's last output when it fails or takes longer than five minutes. */
export async function runSetupCommand(ledger: Ledger, setup: SetupCommand): Promise<void> {
  let output = ''
  await using command = startProcess(ledger, {
    name: `setup of ${setup.suite}`, command: ['sh', '-c', setup.run], cwd: setup.cwd, env: setup.env,
    onOutput: (_, text) => {
      output = `${output}${text}`.slice(-2_000)
    },
  })
  const said = (): string => setup.quote(output.trim()) || 'it said nothing'
  try {
    const { code, signal } = await within(command.exited, { what: `end of "${setup.run}"`, limitMs: SETUP_MS })
    if (code === 0) return
    throw new SubjectError(`${setup.suite}: setup command "${setup.run}" ended with ${code ?? signal}: ${said()}`)
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    throw new SubjectError(`${setup.suite}: setup command "${setup.run}" is not done after 5 minutes: ${said()}`)
  }
}
