/**
 * Carries out a fault's program, verb by verb, and records what each did. Knows the verbs and no fault's name, and does
 * not decide whether anything fired.
 */
import type { Verb } from '../model/fault.ts'
import type { Carried, Stage } from './stage.ts'
import { answer } from './verbs/answer.ts'
import { awaited } from './verbs/await.ts'
import { cut } from './verbs/cut.ts'
import { forward } from './verbs/forward.ts'
import { hold } from './verbs/hold.ts'
import { killChild } from './verbs/kill-child.ts'
import { kill } from './verbs/kill.ts'
import { leave } from './verbs/leave.ts'
import { outlast } from './verbs/outlast.ts'
import { pause } from './verbs/pause.ts'
import { release } from './verbs/release.ts'
import { resume } from './verbs/resume.ts'
import { sendAgain } from './verbs/send-again.ts'
import { send } from './verbs/send.ts'
import { start } from './verbs/start.ts'
import { stop } from './verbs/stop.ts'
import { warp } from './verbs/warp.ts'
import { wipe } from './verbs/wipe.ts'

type Word<V extends Verb['verb']> = Extract<Verb, { readonly verb: V }>

/** What each verb does, with the words that the program gives it. */
export type Verbs = {
  readonly [V in Exclude<Verb['verb'], 'repeat'>]: (stage: Stage, word: Word<V>) => Promise<Carried>
}

export const verbs: Verbs = {
  hold, kill, 'kill-child': killChild, wipe, stop, pause, resume, start, cut, warp, release, leave, forward, answer,
  send, 'send-again': sendAgain, outlast, await: awaited,
}

type Did = (verb: string, detail: string) => void

/** Returns why the program could not be carried out, or undefined when it was. */
export async function carryOut(stage: Stage, table: Verbs, did: Did): Promise<string | undefined> {
  const end = await play(stage, table, { program: stage.fault.program, did })
  return end !== undefined && 'impossible' in end ? end.impossible : undefined
}

interface Part {
  readonly program: readonly Verb[]
  readonly did: Did
}

/** The end that came before the end of the program, if one did. */
async function play(stage: Stage, table: Verbs, part: Part): Promise<Carried | undefined> {
  for (const verb of part.program) {
    if (verb.verb === 'repeat') {
      const end = await repeat(stage, table, { program: verb.program, did: part.did })
      if (end !== undefined) return end
      continue
    }
    const carried = await one(stage, table, verb)
    if ('impossible' in carried) return carried
    part.did(verb.verb, 'over' in carried ? carried.over : carried.detail)
    if ('over' in carried) return carried
  }
  return undefined
}

async function repeat(stage: Stage, table: Verbs, part: Part): Promise<Carried | undefined> {
  const { failures } = stage
  for (let time = 1; time <= failures.times; time += 1) {
    failures.prepare(time < failures.times)
    const end = await play(stage, table, part)
    // A first time that does not come about is a fault that did not; a later one has ended the repetition.
    if (end !== undefined && 'over' in end) return undefined
    if (end !== undefined) return end
    failures.adopt()
  }
  return undefined
}

function one(stage: Stage, table: Verbs, verb: Exclude<Verb, { readonly verb: 'repeat' }>): Promise<Carried> {
  switch (verb.verb) {
    case 'hold': return table.hold(stage, verb)
    case 'kill': return table.kill(stage, verb)
    case 'kill-child': return table['kill-child'](stage, verb)
    case 'wipe': return table.wipe(stage, verb)
    case 'stop': return table.stop(stage, verb)
    case 'pause': return table.pause(stage, verb)
    case 'resume': return table.resume(stage, verb)
    case 'start': return table.start(stage, verb)
    case 'cut': return table.cut(stage, verb)
    case 'warp': return table.warp(stage, verb)
    case 'release': return table.release(stage, verb)
    case 'leave': return table.leave(stage, verb)
    case 'forward': return table.forward(stage, verb)
    case 'answer': return table.answer(stage, verb)
    case 'send': return table.send(stage, verb)
    case 'send-again': return table['send-again'](stage, verb)
    case 'outlast': return table.outlast(stage, verb)
    case 'await': return table.await(stage, verb)
  }
}
