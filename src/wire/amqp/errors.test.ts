/**
 * The nack in a publish's place: what goes to the broker, and what becomes of the confirm, in every form and place in
 * which it can come. Frames are written and read by amqplib's own definitions.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assert } from '../../lib/assert.ts'
import type { OperationStart, Refusal, Unit } from '../../model/wire.ts'
import { ByteQueue } from '../byte-queue.ts'
import { decodeContentHeader, decodeMethod, HEADER_FRAME, takeFrames, PROTOCOL_HEADER, type Frame } from './frames.ts'
import { content, method, parseDefinitions } from './testing.ts'
import { amqpWire } from './wire.ts'

const theirs = parseDefinitions()

function framesOf(bytes: Buffer): Frame[] {
  const queue = new ByteQueue()
  queue.push(bytes)
  return [...takeFrames(queue)]
}

function publish(channel: number, body: string): Buffer {
  const headers = { headers: { CC: ['k'] }, messageId: body }
  return Buffer.concat([method(channel, 'basic.publish', { exchange: 'x', routingKey: 'k', mandatory: true }),
    ...content(channel, body, headers)])
}

/** A connection with confirms on channel 1, and what it says of this many publishes. */
function published(count: number): { session: ReturnType<typeof amqpWire.open>; starts: OperationStart[] } {
  const session = amqpWire.open()
  session.request(Buffer.concat([PROTOCOL_HEADER, method(1, 'confirm.select')]))
  session.reply(method(1, 'confirm.select-ok'))
  const units = Array.from({ length: count }, (_, index) => session.request(publish(1, `m-${index + 1}`))).flat()
  return { session, starts: units.flatMap((unit) => unit.starts ?? []) }
}

function refusalOf(start: OperationStart, request: Buffer): Refusal {
  const refusal = amqpWire.refuse?.('nack', request, start)
  assert(refusal !== undefined, 'a publish with confirms can be refused')
  return refusal
}

/** `ack 4 multiple`, as amqplib reads it. */
function confirmsIn(bytes: Buffer): string[] {
  return framesOf(bytes).flatMap(({ payload }) => {
    const { spec } = decodeMethod(payload) ?? { spec: undefined }
    if (spec === undefined) return []
    const fields = parseFields(theirs.decode(spec.id, payload.subarray(4)))
    return [`${spec.name.slice(6)} ${fields.deliveryTag}${fields.multiple ? ' multiple' : ''}`]
  })
}

function parseFields(value: unknown): { readonly deliveryTag: number; readonly multiple: boolean } {
  return value as { deliveryTag: number; multiple: boolean }
}

/** By the number of the publish: the connection's first operation is confirm.select. */
function ends(units: readonly Unit[]): string[] {
  return units.flatMap((unit) => unit.ends ?? []).map(({ op, outcome }) => `${op - 1} ${outcome}`)
}

describe('what can be refused', () => {
  const { starts: [first, second] } = published(2)

  test('publishes on a channel with confirms, each by its number', () => {
    expect([first?.confirm, second?.confirm]).toEqual([1, 2])
    expect(first === undefined ? [] : amqpWire.errors?.(first)).toEqual(['nack'])
  })

  test('nothing on a channel without, and no ack', () => {
    const session = amqpWire.open()
    session.request(PROTOCOL_HEADER)
    const units = session.request(Buffer.concat([publish(1, 'm'), method(1, 'basic.ack', { deliveryTag: 1 })]))
    const starts = units.flatMap((unit) => unit.starts ?? [])
    expect(starts.map((start) => start.kind)).toEqual(['basic.publish', 'basic.ack'])
    expect(starts.flatMap((start) => amqpWire.errors?.(start))).toEqual([])
    expect(starts.map((start) => amqpWire.refuse?.('nack', publish(1, 'm'), start))).toEqual([undefined, undefined])
  })

  test('only a whole publish, and only by the one error', () => {
    assert(first !== undefined, 'the publish started')
    expect(amqpWire.refuse?.('nack', publish(1, 'm-1').subarray(0, -1), first)).toBeUndefined()
    expect(amqpWire.refuse?.('40P01', publish(1, 'm-1'), first)).toBeUndefined()
  })
})

test('the broker gets an empty message for nobody, with nothing that could route it', () => {
  const { starts: [start] } = published(1)
  assert(start !== undefined, 'the publish started')
  const [head, header, ...bodies] = framesOf(refusalOf(start, publish(1, 'm-1')).request ?? Buffer.alloc(0))
  expect(decodeMethod(head?.payload ?? Buffer.alloc(0))).toMatchObject({
    spec: { name: 'basic.publish' }, args: { exchange: '', routingKey: 'onceproof.nowhere', mandatory: false },
  })
  expect(header?.type).toBe(HEADER_FRAME)
  expect(decodeContentHeader(header?.payload ?? Buffer.alloc(0))).toEqual({ bodyBytes: 0, properties: {} })
  expect(bodies).toEqual([])
  expect([head?.channel, header?.channel]).toEqual([1, 1])
})

test.each([
  ['ack 3', ['nack 3'], ['3 failed']],
  ['nack 3', ['nack 3'], ['3 failed']],
  ['ack 3 multiple', ['ack 2 multiple', 'nack 3'], ['1 ok', '2 ok', '3 failed']],
  ['nack 3 multiple', ['nack 3 multiple'], ['1 failed', '2 failed', '3 failed']],
])('%s is told as %j', (confirm, told, ended) => {
  const { session, starts } = published(3)
  const start = starts[2]
  assert(start !== undefined, 'the publish started')
  const [name, , multiple] = confirm.split(' ')
  for (const requeue of [false, true]) {
    const nack = method(1, 'basic.nack', { deliveryTag: 3, multiple: multiple !== undefined, requeue })
    expect(refusalOf(start, publish(1, 'm-3')).complete(nack)).toBe(true)
  }
  const reply = method(1, `basic.${name}`, { deliveryTag: 3, multiple: multiple !== undefined })
  const refusal = refusalOf(start, publish(1, 'm-3'))
  expect(refusal.complete(reply)).toBe(true)
  expect(confirmsIn(refusal.answer(reply))).toEqual(told)
  expect(ends(session.reply(refusal.answer(reply)))).toEqual(ended)
  expect(refusal.outcome(reply)).toBe('failed')
})

test('confirms of other publishes and channels are none of this one', () => {
  const { starts } = published(3)
  const start = starts[2]
  assert(start !== undefined, 'the publish started')
  const refusal = refusalOf(start, publish(1, 'm-3'))
  const others = Buffer.concat([
    method(1, 'basic.ack', { deliveryTag: 2, multiple: true }), method(2, 'basic.ack', { deliveryTag: 3 }),
  ])
  expect(refusal.complete(others)).toBe(false)
  expect(confirmsIn(refusal.answer(Buffer.concat([others, method(1, 'basic.ack', { deliveryTag: 3 })]))))
    .toEqual(['ack 2 multiple', 'ack 3', 'nack 3'])
})

test('wherever the reply begins and ends, everything but the confirm is what it was', () => {
  const { starts } = published(300)
  const delivery = Buffer.concat([method(2, 'basic.deliver', { deliveryTag: 8 }), ...content(2, 'other')])
  const place = fc.record({
    tag: fc.integer({ min: 2, max: 300 }), from: fc.nat(), to: fc.nat(), multiple: fc.boolean(),
  })
  fc.assert(fc.property(place, ({ tag, from, to, multiple }) => {
    const start = starts[tag - 1]
    assert(start !== undefined, 'the publish started')
    const refusal = refusalOf(start, publish(1, `m-${tag}`))
    const before = delivery.subarray(from % delivery.length)
    const behind = delivery.subarray(0, to % delivery.length)
    const ack = method(1, 'basic.ack', { deliveryTag: tag, multiple })
    const reply = Buffer.concat([before, ack, behind])
    expect(refusal.complete(Buffer.concat([before, ack.subarray(0, -1)]))).toBe(false)
    expect(refusal.complete(reply)).toBe(true)
    const told = refusal.answer(reply)
    expect(told.subarray(0, before.length)).toEqual(before)
    expect(told.subarray(told.length - behind.length)).toEqual(behind)
    expect(confirmsIn(told.subarray(before.length, told.length - behind.length)))
      .toEqual(multiple ? [`ack ${tag - 1} multiple`, `nack ${tag}`] : [`nack ${tag}`])
  }), { numRuns: 300 })
})
