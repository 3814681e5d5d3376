/**
 * All parts, and the three things that are done with them: look, plan, carry out. `doctor` prints the first, `setup`
 * does the others; nothing else installs anything.
 */
import { nowMs } from '../lib/clock.ts'
import { EnvironmentError } from '../lib/errors.ts'
import type { PartState } from '../model/part.ts'
import { goSubjectsPart } from './go-subjects.ts'
import { javaClientsPart, javaSubjectsPart } from './java-subjects.ts'
import { thisMachine, type Machine } from './machine.ts'
import type { Part, PlanLine } from './part.ts'
import { pgbouncerPart } from './pgbouncer.ts'
import { celeryPart, pythonClientsPart, pythonPackagesPart } from './python-packages.ts'
import { toxiproxyPart } from './toxiproxy.ts'
import { zooFolder } from './zoo-sources.ts'

export type { PlanLine } from './part.ts'

/** What every stack has, and what its subjects may use; servers have parts of their own (src/kinds.ts). */
const tools: readonly Part[] = [toxiproxyPart, pythonPackagesPart]
/** Only consumers of the zoo run these, and the zoo is not shipped. */
const zooParts: readonly Part[] = [
  celeryPart, pythonClientsPart, pgbouncerPart, javaClientsPart, javaSubjectsPart, goSubjectsPart,
]

function partsWith(servers: readonly Part[], machine: Machine): readonly Part[] {
  return [...servers, ...tools, ...machine.isFolder(zooFolder) ? zooParts : []]
}

/**
 * The parts of servers and all others, as found on this machine; takes no longer than asking the programs for their
 * versions.
 */
export function inspectParts(servers: readonly Part[], machine: Machine = thisMachine()): Promise<PartState[]> {
  return Promise.all(partsWith(servers, machine).map(async (part) => {
    const state = await part.inspect(machine)
    return part.optional === true ? { ...state, optional: true } : state
  }))
}

/** What setup would do, a line per part. */
export async function setupPlan(servers: readonly Part[], machine: Machine = thisMachine()): Promise<PlanLine[]> {
  return Promise.all(partsWith(servers, machine).map(async (part) => part.plan(machine, await part.inspect(machine))))
}

const PROGRESS_EVERY_MS = 5_000

/** A line of a tool now and then says that something goes on; all of them would bury the plan. */
function sparingly(part: string, onLine: (line: string) => void): (line: string) => void {
  let lastMs = nowMs()
  return (line) => {
    if (nowMs() - lastMs < PROGRESS_EVERY_MS) return
    lastMs = nowMs()
    onLine(`${part}: ${line.slice(0, 100)}`)
  }
}

/**
 * Installs what the plan says, side by side; `onLine` gets a line per event. Every part is tried before a failure is
 * told, one sentence per part.
 */
export async function carryOut(
  servers: readonly Part[], plan: readonly PlanLine[], onLine: (line: string) => void, machine = thisMachine(),
): Promise<void> {
  const failures = await Promise.all(plan.filter(({ action }) => action === 'install').map(async (line) => {
    const part = partsWith(servers, machine).find(({ name }) => name === line.part)
    try {
      await part?.install(machine, sparingly(line.part, onLine))
      onLine(`${line.part}: installed`)
      return []
    } catch (error) {
      const sentence = `${line.part}: ${error instanceof Error ? error.message : String(error)}`
      onLine(sentence)
      return [sentence]
    }
  }))
  if (failures.flat().length > 0) throw new EnvironmentError(failures.flat().join('\n'))
}
