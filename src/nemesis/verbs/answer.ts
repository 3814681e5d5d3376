/**
 * answer: the withheld request gets an error that its server can return in the state it is in, and the server is
 * brought into the state that the answer claims. How, is the protocol's knowledge (`WireProtocol.refuse`).
 */
import { poll, within } from '../../lib/clock.ts'
import { DeadlineError } from '../../lib/errors.ts'
import type { Outcome, Refusal } from '../../model/wire.ts'
import type { LiveOperation } from '../live-operation.ts'
import type { Carried, Stage } from '../stage.ts'

const WHOLE_MS = 500
const SERVER_MS = 5_000

export async function answer(stage: Stage): Promise<Carried> {
  const { crossing, fault, point } = stage
  const op = crossing?.withheld.find((one) => one.key === point.operation)
  if (op === undefined || fault.variant === undefined) return { impossible: 'no request stands at the point' }
  const refusal = await refusalOf(stage, op, fault.variant)
  if (refusal === undefined) return { impossible: `this request can't be answered with ${fault.variant}` }
  stage.flush()
  op.connection.dropHeldOf(op.start.op)
  const reply = refusal.request === undefined ? Buffer.alloc(0) : await serverAnswer(op, refusal, refusal.request)
  if (reply === undefined) return { impossible: 'the server gave no whole answer' }
  if (refusal.closes) op.connection.hangUpWith(refusal.answer(reply))
  else op.connection.answerAs(refusal.answer(reply))
  return { detail: `answered with ${fault.variant}, and the work was ${done(refusal.outcome(reply))}` }
}

function done(outcome: Outcome): string {
  return outcome === 'ok' ? 'done' : outcome === 'failed' ? 'not done' : 'done or not'
}

/** The request may still be on its way: the protocol says when it is whole. */
function refusalOf(stage: Stage, op: LiveOperation, variant: string): Promise<Refusal | undefined> {
  const wire = stage.victim.wireOf(op.link)
  const whole = (): Buffer => Buffer.concat(op.units.map((unit) => unit.bytes))
  return poll(() => wire.refuse?.(variant, whole(), op.start), {
    what: 'whole request', limitMs: WHOLE_MS, everyMs: 2,
  }).catch((error: unknown) => {
    if (error instanceof DeadlineError) return undefined
    throw error
  })
}

async function serverAnswer(op: LiveOperation, refusal: Refusal, bytes: Buffer): Promise<Buffer | undefined> {
  let answered: Buffer = Buffer.alloc(0)
  const outcome = await within(op.connection.interject({
    bytes,
    done: (reply) => {
      answered = reply
      return reply.length > 0 && refusal.complete(reply) ? 'ok' : undefined
    },
  }), { what: 'answer of the server', limitMs: SERVER_MS }).catch((error: unknown) => {
    if (error instanceof DeadlineError) return 'indeterminate' as const
    throw error
  })
  return outcome === 'ok' ? answered : undefined
}
