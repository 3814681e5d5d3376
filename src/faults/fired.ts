/**
 * Predicates over a step's events that say whether a fault was seen to happen. A fault counts when its effect was
 * seen, not when it was ordered: the frame withheld and the process gone, the link closed on both sides.
 */
import type { Event, EventOf } from '../model/event.ts'
import { eventsOf, stepStart, type StepView } from '../model/history.ts'
import { operationKey, pointName } from '../model/point.ts'

/** A timer may come by so much too soon. */
const CLOCK_MS = 5

/** The crossing was reached and its incarnation went by our signal, after the frame was withheld. */
export function diedAtCrossing(step: StepView): boolean {
  const held = lastHeld(step)
  if (held === undefined) return false
  return eventsOf(step.events, 'incarnation-exited')
    .some((exit) => exit.because === 'fault' && exit.signal === 'SIGKILL' && exit.seq > held.seq)
}

/** Two processes at least died there, one after the other. */
export function diedAgain(step: StepView): boolean {
  const exits = eventsOf(step.events, 'incarnation-exited')
    .filter((exit) => exit.because === 'fault' && exit.signal === 'SIGKILL')
  return eventsOf(step.events, 'fault-held').length > 1 && new Set(exits.map((exit) => exit.incarnation)).size > 1
}

/** The step does not come to that point a second time. */
export function onlyOnce(step: StepView): string | undefined {
  return eventsOf(step.events, 'fault-did').find((did) => did.verb === 'hold' && did.detail.startsWith('not again'))
    ?.detail
}

/** The crossing was reached, the verb was carried out, and an incarnation was gone after it, however it went. */
export function exitedBy(step: StepView, verb: string): boolean {
  const held = lastHeld(step)
  if (held === undefined || lastDid(step, verb) === undefined) return false
  return eventsOf(step.events, 'incarnation-exited').some((exit) => exit.because === 'fault' && exit.seq > held.seq)
}

/** The verb saw the server's side close, and the tap has reset a connection of the subject since the crossing. */
export function bothSidesBroken(step: StepView): boolean {
  const held = lastHeld(step)
  if (held === undefined || lastDid(step, 'cut')?.detail.startsWith('both sides closed') !== true) return false
  return eventsOf(step.events, 'connection-closed').some((closed) => closed.by === 'fault' && closed.seq > held.seq)
}

/** The held request went upstream after its process was dead. */
export function forwardedForTheDead(step: StepView): boolean {
  if (!diedAtCrossing(step) || lastDid(step, 'forward')?.detail.startsWith('forwarded') !== true) return false
  return eventsOf(step.events, 'incarnation-exited').filter((exit) => exit.because === 'fault').some((exit) =>
    eventsOf(step.events, 'operation-forwarded').some((forwarded) =>
      forwarded.operation.startsWith(`${exit.incarnation}.`) && forwarded.seq > exit.seq))
}

/**
 * Every further copy was accepted by the broker, and its message was settled as often as it was sent. Counted, because
 * a broker may confirm a message later than it hands it over, and it is settled before its send is written down.
 */
export function sentAgainAndSettled(step: StepView): boolean {
  const again = eventsOf(step.events, 'sent').filter((sent) => sent.copy > 1)
  return again.length > 0 && again.every((sent) => sent.outcome === 'ok'
    && settlementsOf(step, sent.message).length >= sent.copy)
}

/** A later message was settled between the crossing and the death of the process. */
export function overtaken(step: StepView): boolean {
  const held = firstHeld(step)
  const kill = lastDid(step, 'kill')
  const [first] = stepStart(step).messages
  if (held === undefined || kill === undefined) return false
  return eventsOf(step.events, 'settled').some((settled) => settled.message !== undefined && settled.message !== first
    && settled.how !== 'requeue' && settled.seq > held.seq && settled.seq < kill.seq)
}

/** The later one waited, in the queue or in the process, for as long as the first one stood. */
export function neverOvertaken(step: StepView): string | undefined {
  const [first] = stepStart(step).messages
  const sent = eventsOf(step.events, 'sent').some((one) => one.outcome === 'ok' && one.message !== first)
  if (!sent || lastDid(step, 'kill') === undefined || overtaken(step)) return undefined
  return 'no later message is worked on while this one stands there'
}

/** The broker took two messages of the step at least, and each was settled. */
export function bothSettled(step: StepView): boolean {
  const sent = eventsOf(step.events, 'sent')
  return new Set(sent.map((one) => one.message)).size > 1
    && sent.every((one) => one.outcome === 'ok' && settlementsOf(step, one.message).length > 0)
}

/** The bad message came to the subject; or, where nothing tells it, every good one beside it was settled. */
export function badOneCame(step: StepView): boolean {
  const sent = eventsOf(step.events, 'sent')
  const bad = sent.filter((one) => one.as === 'undecodable' && one.outcome === 'ok')
  if (bad.length === 0) return false
  const delivered = eventsOf(step.events, 'delivered')
  return bad.every((one) => delivered.some((event) => event.message === one.message))
    || sent.filter((one) => one.as !== 'undecodable').every((one) => settlementsOf(step, one.message).length > 0)
}

/**
 * The victim stood at the point, the broker took the message back from it and gave it to another incarnation (or had no
 * more of it to give), and the victim was let go.
 */
export function raced(step: StepView): boolean {
  const held = firstHeld(step)
  const warp = lastDid(step, 'warp')
  const release = firstDid(step, 'release')
  if (held === undefined || release === undefined || warp?.detail.startsWith('taken back') !== true) return false
  const over = eventsOf(step.events, 'delivered').filter((delivered) => delivered.seq < held.seq).every((delivered) =>
    settlementsOf(step, delivered.message).some((settled) => settled.seq < held.seq))
  return wentOn(step, held) && (over || eventsOf(step.events, 'delivered').some((delivered) =>
    delivered.seq > held.seq && delivered.seq < release.seq && delivered.incarnation !== held.incarnation))
}

/** What was withheld of the one that stood there went on its way afterwards, to its server or into the void. */
function wentOn(step: StepView, held: EventOf<'fault-held'>): boolean {
  const stood = new Set(eventsOf(step.events, 'operation-started').filter((op) => op.incarnation === held.incarnation
    && (held.withheld.includes(operationKey(op)) || pointName(operationKey(op), 'after') === held.point))
    .map((op) => op.operation))
  return step.events.some((event) => event.seq > held.seq && stood.has('operation' in event ? event.operation : '')
    && (event.type === 'operation-forwarded' || event.type === 'operation-answered' || event.type === 'operation-lost'))
}

/** Its processes stood still after the crossing, which the machine said and not the verb. */
export function froze(step: StepView): boolean {
  const held = firstHeld(step)
  return held !== undefined && eventsOf(step.events, 'incarnation-paused')
    .some((paused) => paused.incarnation === held.incarnation && paused.seq > held.seq)
}

/** As much time as was to be let go by lay between the last settlement and the first late copy. */
export function letTimeGo(step: StepView): boolean {
  const [late] = eventsOf(step.events, 'sent').filter((sent) => sent.as === 'late')
  const waitedMs = Number(/^waited (\d+) ms$/.exec(lastDid(step, 'outlast')?.detail ?? '')?.[1])
  const settled = eventsOf(step.events, 'settled').findLast((event) => late !== undefined && event.seq < late.seq)
  return late !== undefined && settled !== undefined && late.atMs - settled.atMs >= waitedMs - CLOCK_MS
}

/** The second incarnation lived and was offered the lane, and took nothing: a standby. */
export function passive(step: StepView): string | undefined {
  return eventsOf(step.events, 'fault-did')
    .find((did) => did.detail.startsWith('the second incarnation stayed passive'))?.detail
}

/**
 * The claim's own time was waited out, another one asked for messages while the victim stood, and was handed nothing:
 * something else of the victim's, a lock, keeps the message from others for as long as it lives.
 */
export function keptBack(step: StepView): string | undefined {
  const held = firstHeld(step)
  const release = firstDid(step, 'release')
  const waited = eventsOf(step.events, 'lease-warped')
    .some((warped) => warped.done && warped.detail.startsWith('waited'))
  if (held === undefined || release === undefined || !waited || !joined(step, 'release')) return undefined
  const handed = eventsOf(step.events, 'delivered').some((delivered) =>
    delivered.seq > held.seq && delivered.seq < release.seq && delivered.incarnation !== held.incarnation)
  return handed ? undefined : 'its claim had run out, and a lock of its own kept the message from the second one'
}

/** The second hold of the program was reached too. */
export function twinStood(step: StepView): boolean {
  return eventsOf(step.events, 'fault-did').filter((did) => did.verb === 'hold' && did.detail.startsWith('withheld'))
    .length > 1
}

/** Why the second incarnation never stood where it was to stand. */
export function twinNeverStood(step: StepView): string | undefined {
  return eventsOf(step.events, 'fault-did')
    .find((did) => did.verb === 'hold' && did.detail.startsWith('the second incarnation never stood'))?.detail
}

/** The same incarnation was handed the message again while its first handling stood. */
export function handedTwice(step: StepView): boolean {
  const held = firstHeld(step)
  const broken = lastDid(step, 'cut')
  if (held === undefined || broken?.detail.startsWith('both sides closed') !== true) return false
  return eventsOf(step.events, 'delivered')
    .some((delivered) => delivered.incarnation === held.incarnation && delivered.seq > held.seq)
}

export function exitedByItself(step: StepView): string | undefined {
  const held = firstHeld(step)
  const went = eventsOf(step.events, 'incarnation-exited').some((exit) => exit.because === undefined
    && held !== undefined && exit.incarnation === held.incarnation && exit.seq > held.seq)
  return went ? 'the subject leaves when its connection to the broker goes' : undefined
}

/** Another incarnation took deliveries while the victim stood, before the verb that ended its standing. */
export function joined(step: StepView, until: 'release' | 'stop'): boolean {
  const held = firstHeld(step)
  const end = firstDid(step, until)
  if (held === undefined || end === undefined) return false
  return eventsOf(step.events, 'incarnation-ready')
    .some((ready) => ready.incarnation !== held.incarnation && ready.seq > held.seq && ready.seq < end.seq)
}

/** The one that came after the dead one started on another disk. */
export function foundNothing(step: StepView): boolean {
  const held = firstHeld(step)
  if (held === undefined) return false
  const next = eventsOf(step.events, 'incarnation-started').find((started) => started.seq > held.seq)
  const dead = eventsOf(step.events, 'incarnation-exited').find((exit) => exit.because === 'fault')
  return next?.disk !== undefined && dead?.disk !== undefined && next.disk !== dead.disk
}

/** The next version was started while the present one stood. */
export function rolledOut(step: StepView): boolean {
  return eventsOf(step.events, 'incarnation-started').some((started) => started.version === 'next')
}

/** A child of the subject was killed, and the tap saw a connection of the subject close since it stood there. */
export function childDied(step: StepView): boolean {
  const held = firstHeld(step)
  if (held === undefined || lastDid(step, 'kill-child')?.detail.startsWith('SIGKILL to child') !== true) return false
  return eventsOf(step.events, 'connection-closed').some((closed) => closed.seq > held.seq && closed.by === 'subject'
    && closed.incarnation === held.incarnation)
}

export function mainHeldIt(step: StepView): string | undefined {
  const did = lastDid(step, 'kill-child')
  return did?.detail.startsWith('the main process itself') === true ? did.detail : undefined
}

/** The operation that stood there ended otherwise than well, by what its own connection's decoder read. */
export function answeredWithError(step: StepView): boolean {
  const held = firstHeld(step)
  if (held === undefined || lastDid(step, 'answer')?.detail.startsWith('answered') !== true) return false
  const stood = eventsOf(step.events, 'operation-started').filter((op) => op.incarnation === held.incarnation
    && held.withheld.includes(operationKey(op))).map((op) => op.operation)
  return eventsOf(step.events, 'operation-ended')
    .some((end) => stood.includes(end.operation) && end.outcome !== 'ok' && end.seq > held.seq)
}

/**
 * A fault that left a message unsettled counts only when it was delivered again and settled by a later incarnation
 * or connection. A subject that never settles is judged (`stuck`), so the fault fired there too: it was redelivered.
 */
export function recovered(step: StepView): boolean {
  const held = lastHeld(step)
  if (held === undefined) return false
  const settledBefore = eventsOf(step.events, 'settled')
    .some((settled) => settled.seq < held.seq && settled.message !== undefined)
  const delivered = eventsOf(step.events, 'delivered').some((delivery) => delivery.seq < held.seq)
  if (!delivered || settledBefore) return true
  return settledAfter(step, held) || eventsOf(step.events, 'delivered').some((delivery) => delivery.seq > held.seq)
}

function settledAfter(step: StepView, since: Event): boolean {
  return eventsOf(step.events, 'settled').some((settled) => settled.seq > since.seq && settled.how !== 'requeue')
}

function settlementsOf(step: StepView, message: string | undefined): EventOf<'settled'>[] {
  return eventsOf(step.events, 'settled')
    .filter((settled) => settled.message === message && message !== undefined && settled.how !== 'requeue')
}

function firstHeld(step: StepView): EventOf<'fault-held'> | undefined {
  return eventsOf(step.events, 'fault-held')[0]
}

function lastHeld(step: StepView): EventOf<'fault-held'> | undefined {
  return eventsOf(step.events, 'fault-held').at(-1)
}

function firstDid(step: StepView, verb: string): EventOf<'fault-did'> | undefined {
  return eventsOf(step.events, 'fault-did').find((did) => did.verb === verb)
}

function lastDid(step: StepView, verb: string): EventOf<'fault-did'> | undefined {
  return eventsOf(step.events, 'fault-did').filter((did) => did.verb === verb).at(-1)
}
