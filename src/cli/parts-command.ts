/**
 * `setup` and `doctor`: what is there, what is missing, and installing it. Nothing is installed before the plan was
 * printed and agreed to.
 */
import { createInterface } from 'node:readline/promises'
import { EnvironmentError, UsageError } from '../lib/errors.ts'
import { partsOf, shippedKinds } from '../kinds.ts'
import type { PartState } from '../model/part.ts'
import { exitCodes } from '../model/verdict.ts'
import { carryOut, inspectParts, setupPlan } from '../parts/registry.ts'
import { openTerminal, paint, widthOf, wrap, type Terminal } from '../report/terminal.ts'

const servers = partsOf(shippedKinds)

export async function setupCommand(yes: boolean, signal: AbortSignal): Promise<number> {
  const terminal = openTerminal(process.stdout, process.env)
  const plan = await setupPlan(servers)
  say(terminal, ['plan:', ...plan.map((line) => `  ${line.text}`)])
  const impossible = plan.filter(({ action }) => action === 'impossible')
  if (impossible.length > 0) {
    throw new EnvironmentError(`setup can't go on: ${impossible.map(({ text }) => text).join('; ')}`)
  }
  if (plan.every(({ action }) => action === 'none')) {
    say(terminal, ['nothing to install'])
    return exitCodes.certified
  }
  if (!yes && !await agreed(signal)) {
    say(terminal, ['nothing was installed'])
    return exitCodes.unable
  }
  await carryOut(servers, plan, (line) => say(terminal, [line]))
  signal.throwIfAborted()
  say(terminal, ['everything is there'])
  return exitCodes.certified
}

/** 3 when a part is missing. */
export async function doctorCommand(json: boolean): Promise<number> {
  const parts = await inspectParts(servers)
  const missing = parts.filter(({ source }) => source === 'missing')
  if (json) {
    // A url holds a password.
    const shown = parts.map(({ url: _, managementUrl: __, ...part }) => part)
    process.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`)
  } else {
    const terminal = openTerminal(process.stdout, process.env)
    for (const line of parts.flatMap((part) => partLines(part, terminal))) terminal.write(`${line}\n`)
    terminal.write(missing.length === 0 ? 'everything is there\n' : `${missing.length} of ${parts.length} missing\n`)
  }
  return missing.length === 0 ? exitCodes.certified : exitCodes.unable
}

function partLines(part: PartState, terminal: Terminal): string[] {
  const isThere = part.source !== 'missing'
  const version = part.version === '' ? '-' : part.version
  const head = `${part.name.padEnd(16)} ${version.padEnd(12)} ${part.source.padEnd(8)}`
  return [
    `${paint(terminal, isThere ? 'green' : 'red', isThere ? 'ok     ' : 'missing')} ${head}`.trimEnd(),
    ...wrap(part.state, widthOf(terminal), { first: '        ', next: '        ' }),
    ...part.fix === undefined ? [] : wrap(part.fix, widthOf(terminal), { first: '        type: ', next: '        ' }),
  ]
}

async function agreed(signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('nobody is there to agree to the plan; say so with --yes')
  const questions = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await questions.question('go on? [y/N] ', { signal })
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    questions.close()
  }
}

function say(terminal: Terminal, lines: readonly string[]): void {
  for (const line of lines) terminal.write(`${line}\n`)
}
