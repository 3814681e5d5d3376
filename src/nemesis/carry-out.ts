/** Carries out a fault's program, verb by verb, and records what each did. Knows the verbs and no fault's name. */
import type { Verb } from '../model/fault.ts'
import type { Carried, Stage } from './stage.ts'
import { awaitSettled } from './verbs/await.ts'
import { cut } from './verbs/cut.ts'
import { forward } from './verbs/forward.ts'
import { hold } from './verbs/hold.ts'
import { kill } from './verbs/kill.ts'
import { release } from './verbs/release.ts'
import { sendAgain } from './verbs/send-again.ts'
import { start } from './verbs/start.ts'
import { stop } from './verbs/stop.ts'

/** What each verb does; `await` alone takes words of its own. */
export type Verbs = Readonly<Record<Exclude<Verb['verb'], 'await'>, (stage: Stage) => Promise<Carried>>>

export const verbs: Verbs = { hold, kill, stop, start, cut, release, forward, 'send-again': sendAgain }

/** Returns why the program could not be carried out, or undefined when it was. */
export async function carryOut(
  stage: Stage, table: Verbs, did: (verb: string, detail: string) => void,
): Promise<string | undefined> {
  for (const verb of stage.fault.program) {
    const carried = await one(stage, table, verb)
    if ('impossible' in carried) return carried.impossible
    did(verb.verb, carried.detail)
  }
  return undefined
}

function one(stage: Stage, table: Verbs, verb: Verb): Promise<Carried> {
  if (verb.verb === 'await') return awaitSettled(stage, verb.withinMs)
  return table[verb.verb](stage)
}
