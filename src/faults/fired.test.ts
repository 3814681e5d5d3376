/** A fault has fired when its effect is in the history; what a verb says of itself is never enough. */
import { expect, test } from 'vitest'
import type { Event, EventBody } from '../model/event.ts'
import type { StepView } from '../model/history.ts'
import { cut } from './cut.ts'
import { deploy } from './deploy.ts'
import { duplicate } from './duplicate.ts'
import { error } from './error.ts'
import { failN } from './fail-n.ts'
import { killChild } from './kill-child.ts'
import { killWipe } from './kill-wipe.ts'
import { kill } from './kill.ts'
import { late } from './late.ts'
import { orphan } from './orphan.ts'
import { overtake } from './overtake.ts'
import { poison } from './poison.ts'
import { raceTwice } from './race-twice.ts'
import { race } from './race.ts'
import { rebalance } from './rebalance.ts'
import { scale } from './scale.ts'
import { selfRace } from './self-race.ts'
import { stop } from './stop.ts'
import { twins } from './twins.ts'
import { zombie } from './zombie.ts'

const place = { fault: 'f', point: 'db COMMIT#1 after' }
const held: EventBody = { type: 'fault-held', ...place, withheld: [], proven: 'ok' }
const handed = { incarnation: 'i1', connection: 'i1.orders.1', delivery: '1:1', message: 'm' }
const delivered: EventBody = { type: 'delivered', ...handed, redelivered: false, lane: 'orders' }
const settled: EventBody = { type: 'settled', ...handed, how: 'ack' }
const closed: EventBody = {
  type: 'connection-closed', incarnation: 'i1', link: 'db', connection: 'i1.db.1', by: 'fault',
}

function did(verb: string, detail = ''): EventBody {
  return { type: 'fault-did', ...place, verb, detail }
}

function exited(because: 'fault' | undefined, signal: string | null = 'SIGKILL'): EventBody {
  const how = { code: signal === null ? 0 : null, signal }
  return { type: 'incarnation-exited', incarnation: 'i1', ...how, ...because === undefined ? {} : { because } }
}

function step(...bodies: readonly EventBody[]): StepView {
  return { step: 's', events: bodies.map((body, i): Event => ({ seq: i + 1, atMs: i, cell: 'c', step: 's', ...body })) }
}

test('kill: withheld, gone by our signal, settled by somebody else', () => {
  expect(kill.fired(step(delivered, held, did('kill'), exited('fault'), delivered, settled))).toBe(true)
  expect(kill.fired(step(delivered, held, did('kill'), exited('fault'), settled))).toBe(true)
  expect(kill.fired(step(delivered, held, did('kill'), delivered, settled))).toBe(false)
  expect(kill.fired(step(delivered, held, did('kill'), exited(undefined), delivered, settled))).toBe(false)
  expect(kill.fired(step(delivered, exited('fault'), held, did('kill'), delivered, settled))).toBe(false)
  expect(kill.fired(step(delivered, held, did('kill'), exited('fault')))).toBe(false)
})

test('stop: gone after SIGTERM, however it went', () => {
  expect(stop.fired(step(delivered, held, did('stop'), exited('fault', null), settled))).toBe(true)
  expect(stop.fired(step(delivered, held, exited('fault', null), settled))).toBe(false)
  expect(stop.fired(step(delivered, held, did('stop'), settled))).toBe(false)
})

test('cut: the server closed, and the tap has reset the subject', () => {
  const broken = did('cut', 'both sides closed: 1 connections')
  expect(cut.fired(step(delivered, held, closed, broken, delivered, settled))).toBe(true)
  expect(cut.fired(step(delivered, held, broken, delivered, settled))).toBe(false)
  expect(cut.fired(step(delivered, closed, held, broken, delivered, settled))).toBe(false)
  expect(cut.fired(step(delivered, held, closed, did('cut', 'the server side stayed open'), settled))).toBe(false)
  expect(cut.fired(step(delivered, held, { ...closed, by: 'subject' }, broken, settled))).toBe(false)
})

test("orphan: the dead one's request went on after its death", () => {
  const late: EventBody = { type: 'operation-forwarded', operation: 'i1.7' }
  const verb = did('forward', 'forwarded db COMMIT#1')
  expect(orphan.fired(step(held, did('kill'), exited('fault'), late, verb))).toBe(true)
  expect(orphan.fired(step(held, did('kill'), exited('fault'), verb))).toBe(false)
  expect(orphan.fired(step(held, late, did('kill'), exited('fault'), verb))).toBe(false)
  const other: EventBody = { type: 'operation-forwarded', operation: 'i10.7' }
  expect(orphan.fired(step(held, did('kill'), exited('fault'), other, verb))).toBe(false)
})

test('duplicate: a second copy was taken and settled', () => {
  const again = (outcome: 'ok' | 'indeterminate'): EventBody => ({ type: 'sent', message: 'm', copy: 2, outcome })
  expect(duplicate.fired(step(settled, again('ok'), delivered, settled))).toBe(true)
  expect(duplicate.fired(step(settled, again('ok'), delivered))).toBe(false)
  // The broker confirmed it only after the subject was done with it.
  expect(duplicate.fired(step(settled, delivered, settled, again('ok')))).toBe(true)
  expect(duplicate.fired(step(settled, again('indeterminate'), delivered, settled))).toBe(false)
})

const stood: EventBody = { type: 'fault-held', ...place, incarnation: 'i1', withheld: [], proven: 'ok' }
const taken = did('warp', 'taken back: 1 claims')
const toTwin: EventBody = {
  ...handed, type: 'delivered', incarnation: 'i2', connection: 'i2.orders.1', redelivered: true, lane: 'orders',
}
const standby = did('await', 'the second incarnation stayed passive: it lives and asks for no deliveries')

const insert: EventBody = {
  type: 'operation-started', incarnation: 'i1', connection: 'i1.db.1', operation: 'i1.9', link: 'db', kind: 'INSERT',
  text: 'into t', occurrence: 1, reads: false, oneWay: false, handshake: false, cause: 'token',
}
const there: EventBody = { ...stood, withheld: ['db INSERT into t#1'] }
const wentOn: EventBody = { type: 'operation-forwarded', operation: 'i1.9' }
const paused: EventBody = { type: 'incarnation-paused', incarnation: 'i1' }

test('race and zombie: another one was handed the message while the first stood, and the first went on', () => {
  for (const fault of [race, zombie]) {
    const open = [delivered, insert, there, paused]
    expect(fault.fired(step(...open, taken, toTwin, settled, wentOn, did('release')))).toBe(true)
    expect(fault.fired(step(...open, taken, settled, wentOn, did('release')))).toBe(false)
    expect(fault.fired(step(...open, toTwin, settled, wentOn, did('release')))).toBe(false)
    expect(fault.fired(step(...open, taken, toTwin, settled, wentOn))).toBe(false)
    // A release that let nothing go.
    expect(fault.fired(step(...open, taken, toTwin, settled, did('release')))).toBe(false)
    const lost: EventBody = { type: 'operation-lost', operation: 'i1.9' }
    expect(fault.fired(step(...open, taken, toTwin, settled, lost, did('release')))).toBe(true)
    // A standby gets it only once the first one is gone.
    expect(fault.fired(step(...open, taken, standby, wentOn, did('release'), toTwin, settled))).toBe(false)
    // Settled before it stood there: nothing is left to hand over, which is all that can be done to it.
    expect(fault.fired(step(delivered, settled, insert, there, paused, taken, wentOn, did('release')))).toBe(true)
    expect(fault.notApplicable?.(step(delivered, stood, taken, standby))).toMatch(/^the second incarnation stayed/)
    expect(fault.notApplicable?.(step(delivered, stood, taken, toTwin))).toBeUndefined()
  }
  expect(zombie.fired(step(delivered, insert, there, taken, toTwin, settled, wentOn, did('release')))).toBe(false)
})

test('a zombie behind a reply went on when it was answered', () => {
  const behind: EventBody = { ...stood, point: 'db INSERT into t#1 after' }
  const answered: EventBody = { type: 'operation-answered', operation: 'i1.9' }
  const open = [delivered, insert, behind, paused, taken, toTwin, settled]
  expect(zombie.fired(step(...open, answered, did('release')))).toBe(true)
  expect(zombie.fired(step(...open, did('release')))).toBe(false)
})

test('late: the time that was to be let go by went by', () => {
  const sent = (copy: number, atMs: number, as?: 'late'): Event => ({
    seq: atMs, atMs, cell: 'c', step: 's', type: 'sent', message: 'm', copy, outcome: 'ok', ...as && { as },
  })
  const end = (atMs: number): Event => ({ seq: atMs, atMs, cell: 'c', step: 's', ...settled })
  const outlast = did('outlast', 'waited 100 ms')
  const waited = (atMs: number): Event => ({ seq: atMs, atMs, cell: 'c', step: 's', ...outlast })
  const played = (at: number): StepView =>
    ({ step: 's', events: [sent(1, 1), end(2), waited(at - 1), sent(2, at, 'late'), end(at + 1)] })
  expect(late.fired(played(103))).toBe(true)
  expect(late.fired(played(50))).toBe(false)
  const untold = played(103).events.filter((event) => event.type !== 'fault-did')
  expect(late.fired({ step: 's', events: untold })).toBe(false)
})

test('race and zombie: a message that a lock keeps back though its claim ran out can be handed to nobody else', () => {
  const warped = (detail: string): EventBody =>
    ({ type: 'lease-warped', incarnation: 'i1', link: 'db', kind: 'row', alive: true, done: true, detail })
  const ready: EventBody = { type: 'incarnation-ready', incarnation: 'i2' }
  const waited = warped('waited 1100 ms for it to run out')
  for (const fault of [race, zombie]) {
    const why = (...bodies: readonly EventBody[]): string | undefined => fault.notApplicable?.(step(...bodies))
    expect(why(delivered, held, waited, ready, did('release'))).toMatch(/a lock of its own/)
    expect(why(delivered, held, waited, did('release'), ready)).toBeUndefined()
    expect(why(delivered, held, warped('by LeaveGroup'), ready, did('release'))).toBeUndefined()
    const other: EventBody = { ...delivered, incarnation: 'i2' }
    expect(why(delivered, held, waited, ready, other, did('release'))).toBeUndefined()
  }
})

test('race-twice: both stood', () => {
  const withheld = did('hold', 'withheld db INSERT#1')
  const both = (second: EventBody): EventBody[] =>
    [delivered, insert, there, withheld, taken, toTwin, second, wentOn, did('release'), settled]
  expect(raceTwice.fired(step(...both(withheld)))).toBe(true)
  const never = both(did('hold', 'the second incarnation never stood there: it waits for the server'))
  expect(raceTwice.fired(step(...never))).toBe(false)
  expect(raceTwice.notApplicable?.(step(...never))).toMatch(/waits for the server/)
  const late = both(did('hold', 'the second incarnation did not come within 3000 ms'))
  expect(raceTwice.fired(step(...late))).toBe(false)
  expect(raceTwice.notApplicable?.(step(...late))).toBeUndefined()
})

test('self-race: the same incarnation was handed the message again', () => {
  const broken = did('cut', 'both sides closed: 1 connections')
  expect(selfRace.fired(step(delivered, stood, broken, delivered, settled))).toBe(true)
  expect(selfRace.fired(step(delivered, stood, broken, toTwin, settled))).toBe(false)
  expect(selfRace.fired(step(delivered, stood, delivered, settled))).toBe(false)
  expect(selfRace.notApplicable?.(step(delivered, stood, broken, exited(undefined, null)))).toMatch(/leaves/)
  expect(selfRace.notApplicable?.(step(delivered, stood, broken, exited('fault')))).toBeUndefined()
})

test('rebalance, scale and deploy: another one took deliveries while the first stood', () => {
  const ready: EventBody = { type: 'incarnation-ready', incarnation: 'i2' }
  expect(rebalance.fired(step(delivered, stood, ready, did('release'), settled))).toBe(true)
  expect(rebalance.fired(step(delivered, ready, stood, did('release'), settled))).toBe(false)
  expect(rebalance.fired(step(delivered, stood, did('release'), ready, settled))).toBe(false)
  const next: EventBody = { type: 'incarnation-started', incarnation: 'i2', spare: false, pid: 8, version: 'next' }
  for (const fault of [scale, deploy]) {
    expect(fault.fired(step(delivered, stood, next, ready, did('stop'), exited('fault', null), settled))).toBe(true)
    expect(fault.fired(step(delivered, stood, next, did('stop'), exited('fault', null), settled))).toBe(false)
    expect(fault.fired(step(delivered, stood, next, ready, did('stop'), settled))).toBe(false)
  }
  expect(deploy.fired(step(delivered, stood, ready, did('stop'), exited('fault', null), settled))).toBe(false)
})

test('kill-child: a child died with its connection, and the message came back; the main process is no child', () => {
  const died = did('kill-child', 'SIGKILL to child 7')
  const gone: EventBody = {
    type: 'connection-closed', incarnation: 'i1', link: 'db', connection: 'i1.db.1', by: 'subject',
  }
  expect(killChild.fired(step(delivered, stood, gone, died, delivered, settled))).toBe(true)
  expect(killChild.fired(step(delivered, stood, died, delivered, settled))).toBe(false)
  expect(killChild.fired(step(delivered, gone, died, settled))).toBe(false)
  const main = did('kill-child', 'the main process itself holds the connection')
  expect(killChild.fired(step(delivered, stood, gone, main, delivered, settled))).toBe(false)
  expect(killChild.notApplicable?.(step(delivered, stood, main))).toMatch(/main process/)
  const nobody = did('kill-child', 'nobody holds the connection any more')
  expect(killChild.notApplicable?.(step(delivered, stood, nobody))).toBeUndefined()
})

test('kill-wipe: the successor started on another disk', () => {
  const started = (incarnation: string, disk: string): EventBody =>
    ({ type: 'incarnation-started', incarnation, spare: false, pid: 7, disk })
  const until = [delivered, stood, did('kill'), { ...exited('fault'), disk: 'd1' }]
  expect(killWipe.fired(step(...until, started('i2', 'd2'), delivered, settled))).toBe(true)
  expect(killWipe.fired(step(...until, started('i2', 'd1'), delivered, settled))).toBe(false)
  expect(killWipe.fired(step(...until, delivered, settled))).toBe(false)
})

test('error: the operation that stood there ended badly, and the message came to its end', () => {
  const answered = did('answer', 'answered with 40P01, and the work was not done')
  const ended = (outcome: 'ok' | 'failed', operation = 'i1.9'): EventBody =>
    ({ type: 'operation-ended', operation, outcome, detail: '' })
  expect(error.fired(step(delivered, insert, there, answered, ended('failed'), settled))).toBe(true)
  expect(error.fired(step(delivered, insert, there, answered, ended('ok'), settled))).toBe(false)
  expect(error.fired(step(delivered, insert, there, answered, ended('failed', 'i1.8'), settled))).toBe(false)
  expect(error.fired(step(delivered, insert, there, ended('failed'), settled))).toBe(false)
  expect(error.fired(step(delivered, insert, there, answered, ended('failed')))).toBe(false)
})

test('poison: it came to the subject, or the good ones beside it were settled', () => {
  const sent = (message: string, as?: 'undecodable'): EventBody =>
    ({ type: 'sent', message, copy: 1, outcome: 'ok', ...as === undefined ? {} : { as } })
  const other: EventBody = { ...handed, type: 'settled', message: 'n', how: 'ack' }
  expect(poison.fired(step(sent('m'), sent('bad', 'undecodable'), sent('n'), settled, other))).toBe(true)
  expect(poison.fired(step(sent('m'), sent('bad', 'undecodable'), sent('n'), settled))).toBe(false)
  expect(poison.fired(step(sent('m'), sent('n'), settled, other))).toBe(false)
  const came: EventBody = { ...delivered, message: 'bad' }
  expect(poison.fired(step(sent('m'), sent('bad', 'undecodable'), came, sent('n')))).toBe(true)
})

test('fail-n: more than one died there, and the last one found the message again', () => {
  const next = { ...exited('fault'), incarnation: 'i2' }
  const first = [delivered, stood, did('kill'), exited('fault')]
  expect(failN.fired(step(...first, delivered, stood, did('kill'), next, delivered, settled))).toBe(true)
  expect(failN.fired(step(...first, delivered, settled))).toBe(false)
  expect(failN.fired(step(...first, delivered, stood, did('kill'), next))).toBe(false)
  const once = did('hold', 'not again: the message was settled')
  expect(failN.notApplicable?.(step(...first, delivered, settled, once))).toBe('not again: the message was settled')
  expect(failN.notApplicable?.(step(...first, delivered, settled))).toBeUndefined()
})

test('twins: two messages, both settled', () => {
  const sent = (message: string): EventBody => ({ type: 'sent', message, copy: 1, outcome: 'ok' })
  const other: EventBody = { ...handed, type: 'settled', message: 'n', how: 'ack' }
  expect(twins.fired(step(sent('m'), settled, sent('n'), other))).toBe(true)
  expect(twins.fired(step(sent('m'), settled, sent('n')))).toBe(false)
  expect(twins.fired(step(sent('m'), settled))).toBe(false)
})

test('overtake: a later message was settled between the crossing and the kill', () => {
  const start: EventBody = { type: 'step-started', phase: 'sweep', context: 'cold', messages: ['m'], faults: [] }
  const other: EventBody = { type: 'sent', message: 'n', copy: 1, outcome: 'ok' }
  const passed: EventBody = { ...handed, type: 'settled', message: 'n', how: 'ack' }
  const dead = [did('kill'), exited('fault'), delivered, settled]
  expect(overtake.fired(step(start, delivered, stood, other, passed, ...dead))).toBe(true)
  expect(overtake.fired(step(start, delivered, stood, other, ...dead, passed))).toBe(false)
  expect(overtake.fired(step(start, delivered, passed, stood, other, ...dead))).toBe(false)
  expect(overtake.notApplicable?.(step(start, delivered, stood, other, ...dead))).toMatch(/^no later message/)
  expect(overtake.notApplicable?.(step(start, delivered, stood, ...dead))).toBeUndefined()
})
