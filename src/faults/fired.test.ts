/** A fault has fired when its effect is in the history; what a verb says of itself is never enough. */
import { expect, test } from 'vitest'
import type { Event, EventBody } from '../model/event.ts'
import type { StepView } from '../model/history.ts'
import { cut } from './cut.ts'
import { duplicate } from './duplicate.ts'
import { kill } from './kill.ts'
import { orphan } from './orphan.ts'
import { stop } from './stop.ts'

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
  expect(duplicate.fired(step(settled, again('indeterminate'), delivered, settled))).toBe(false)
})
