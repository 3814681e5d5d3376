/**
 * `setup` and `doctor`: what is there, what is missing, and installing it. Nothing is installed before the plan was
 * printed and agreed to.
 */
import { createInterface } from 'node:readline/promises'
import { EnvironmentError, UsageError } from '../lib/errors.ts'
import { suggestion } from '../lib/nearest.ts'
import { partsOf, shippedKinds } from '../kinds.ts'
import type { PartState } from '../model/part.ts'
import { exitCodes } from '../model/verdict.ts'
import { carryOut, inspectParts, setupPlan, type PlanLine } from '../parts/registry.ts'
import { openTerminal, paint, widthOf, wrap, type Terminal } from '../report/terminal.ts'

const servers = partsOf(shippedKinds)

/**
 * Installs those parts, or all. What can't be installed here keeps nobody from the rest: it is told at the end, as an
 * EnvironmentError.
 */
export async function setupCommand(names: readonly string[], yes: boolean, signal: AbortSignal): Promise<number> {
  const terminal = openTerminal(process.stdout, process.env)
  const all = await setupPlan(servers)
  const plan = chosen(all, names)
  say(terminal, ['plan:', ...plan.map((line) => `  ${line.text}`)])
  if (plan.some(({ action }) => action === 'install')) {
    if (!yes && !await agreed(signal)) {
      say(terminal, ['nothing was installed'])
      return exitCodes.unable
    }
    await carryOut(servers, plan, (line) => say(terminal, [line]))
    signal.throwIfAborted()
  } else say(terminal, ['nothing to install'])
  const impossible = plan.filter(({ action }) => action === 'impossible')
  if (impossible.length > 0) {
    throw new EnvironmentError(`what can't be installed here: ${impossible.map(({ text }) => text).join('; ')}`)
  }
  say(terminal, [names.length === 0 ? 'everything is there' : `${names.join(', ')}: there`])
  return exitCodes.certified
}

function chosen(plan: readonly PlanLine[], names: readonly string[]): readonly PlanLine[] {
  const known = plan.map(({ part }) => part)
  for (const name of names) {
    if (!known.includes(name)) throw new UsageError(`there is no part '${name}'${suggestion(name, known)}`)
  }
  return names.length === 0 ? plan : plan.filter(({ part }) => names.includes(part))
}

/** 3 when a part is missing. */
export async function doctorCommand(json: boolean): Promise<number> {
  const parts = await inspectParts(servers)
  const missing = parts.filter(({ source, optional }) => source === 'missing' && optional !== true)
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
  const absent = part.optional === true ? 'dim' : 'red'
  const mark = isThere ? paint(terminal, 'green', 'ok     ') : paint(terminal, absent, 'missing')
  return [
    `${mark} ${head}`.trimEnd(),
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
