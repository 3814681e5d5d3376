/**
 * The decoder over captured traffic: amqplib 2.3.1 and pika 1.4.4 with RabbitMQ 3.10.8.
 *
 * What a tap learns must not depend on how the network cut the stream, and the joined units must be the stream.
 */
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WireError } from '../../lib/errors.ts'
import type { Fact } from '../../model/wire.ts'
import {
  byteByByte, cutEverywhere, feed, joinNeighbours, loadCaptures, runCapture, streamOf, type Chunk, type Transcript,
} from '../testing.ts'
import { amqpWire } from './wire.ts'

const captures = loadCaptures(join(import.meta.dirname, 'fixtures'))

function transcriptOf(name: string): Transcript {
  return runCapture(amqpWire, captures.find((capture) => capture.name === name)?.chunks ?? [])
}

/** Operations behind the handshake: `basic.ack`, `basic.publish /copies failed`. */
function operations(name: string): string[] {
  const { starts, ends } = transcriptOf(name)
  return starts.filter((start) => start.handshake !== true).map(({ op, kind, text }) => {
    const outcome = ends.find((end) => end.op === op)?.outcome ?? 'open'
    return [kind, text, outcome === 'ok' ? '' : outcome].filter((word) => word !== '').join(' ')
  })
}

function facts(name: string): string[] {
  return transcriptOf(name).facts.map(describeFact)
}

function describeFact(fact: Fact): string {
  switch (fact.type) {
    case 'delivered': return `delivered ${fact.delivery} ${fact.messageId}${fact.redelivered ? ' again' : ''}`
    case 'settled': return `${fact.how} ${fact.delivery}`
    case 'consuming': return `consuming ${fact.lane.replace(/gen-.*/, 'gen-*')}`
    default: return fact.type
  }
}

test('there are captures', () => {
  expect(captures.length).toBeGreaterThanOrEqual(6)
})

test.each(captures)('$name: joined units are the stream, byte by byte too', ({ chunks }) => {
  for (const cut of [chunks, byteByByte(chunks), joinNeighbours(chunks)]) {
    const { request, reply } = runCapture(amqpWire, cut)
    expect(request).toEqual(streamOf(chunks, 'request'))
    expect(reply).toEqual(streamOf(chunks, 'reply'))
  }
})

test.each(captures)('$name: it says the same wherever it is cut', ({ chunks }) => {
  const { lines } = runCapture(amqpWire, chunks)
  expect(runCapture(amqpWire, byteByByte(chunks)).lines).toEqual(lines)
  expect(runCapture(amqpWire, joinNeighbours(chunks)).lines).toEqual(lines)
  for (const cut of cutEverywhere(chunks)) {
    const transcript = runCapture(amqpWire, cut)
    if (transcript.lines.join('\n') !== lines.join('\n')) expect(transcript.lines).toEqual(lines)
  }
})

test.each(captures)('$name: nothing in it is unknown, and every operation ends', ({ chunks }) => {
  const { starts, ends, facts: all } = runCapture(amqpWire, chunks)
  expect(all.filter((fact) => fact.type === 'unknown')).toEqual([])
  expect(ends.map((end) => end.op).toSorted((a, b) => a - b)).toEqual(starts.map((start) => start.op))
})

test.each(captures)('$name: credentials are in secret units only, and in no values', ({ chunks }) => {
  const session = amqpWire.open()
  const units = chunks.flatMap((chunk) => feed(session, chunk))
  const withPassword = units.filter((unit) => unit.bytes.includes('\0guest\0guest'))
  expect(withPassword).toHaveLength(1)
  expect(withPassword.every((unit) => unit.secret === true)).toBe(true)
  expect(JSON.stringify(runCapture(amqpWire, chunks).starts)).not.toContain('guest')
})

test('amqplib consumes: every way to settle', () => {
  expect(facts('amqplib-consume')).toEqual([
    'session', 'consuming orders',
    'delivered 1:1 m-1', 'delivered 1:2 m-2', 'delivered 1:3 m-3', 'delivered 1:4 m-4', 'delivered 1:5 m-5',
    'ack 1:1', 'ack 1:2', 'ack 1:3', 'discard 1:4', 'requeue 1:5',
    'delivered 1:6 m-5 again', 'ack 1:6',
    'consuming amq.gen-*', 'delivered 1:7 e-1', 'auto 1:7', 'delivered 1:8 undefined', 'auto 1:8',
    'consuming orders', 'delivered 1:9 m-6', 'ack 1:9', 'consuming orders', 'delivered 1:10 m-7', 'auto 1:10',
    'consuming orders',
  ])
  expect(operations('amqplib-consume')).toEqual([
    'basic.qos', 'queue.declare orders', 'exchange.declare events', 'basic.consume orders',
    'basic.ack', 'basic.ack', 'basic.nack', 'basic.reject', 'basic.ack', 'basic.cancel orders',
    'queue.declare', 'queue.bind *', 'basic.consume *',
    'basic.publish events/order.*.paid', 'basic.publish events/order.*.paid',
    'basic.get orders', 'basic.ack', 'basic.get orders', 'basic.get orders', 'channel.close', 'connection.close',
  ])
})

test('a delivery carries identity, headers of every kind, body and lane', () => {
  const [delivered] = transcriptOf('amqplib-consume').facts.filter((fact) => fact.type === 'delivered')
  expect(delivered).toEqual({
    type: 'delivered', delivery: '1:1', messageId: 'm-1', body: '{"orderId":"o-1","amount":1}', redelivered: false,
    lane: 'orders',
    headers: {
      'x-order': 'o-1', attempt: '0', urgent: 'true', trace: '{"span":"a","parts":[1,"b"]}', ratio: '1.5',
      big: '1099511627776',
    },
  })
})

test('heartbeats overtake and are no operations', () => {
  const session = amqpWire.open()
  const chunks = captures.find((capture) => capture.name === 'amqplib-consume')?.chunks ?? []
  const beats = chunks.flatMap((chunk) => feed(session, chunk)).filter((unit) => unit.overtakes === true)
  expect(beats.length).toBeGreaterThan(0)
  expect(beats.every((unit) => unit.bytes.length === 8 && unit.op === undefined)).toBe(true)
})

test('amqplib confirms: out of order, several at once, a returned message is confirmed too', () => {
  const { starts, ends } = transcriptOf('amqplib-confirm')
  const published = starts.filter((start) => start.kind === 'basic.publish')
  expect(published.map((start) => start.oneWay)).toEqual([false, false, false, false, false, false, false])
  expect(published.map((start) => start.values.at(0)?.slice(0, 6)))
    .toEqual(['copy 0', 'copy 1', 'copy 2', 'copy 3', 'xxxxxx', 'lost', '\u00ff\u00fe\u0000'])
  expect(published[0]?.values).toEqual(['copy 0', 'c-0', 'corr-0', 'copies'])
  const confirmed = ends.filter((end) => end.detail === 'basic.ack').map((end) => end.op)
  expect(confirmed).not.toEqual(confirmed.toSorted((a, b) => a - b))
  expect(confirmed.toSorted((a, b) => a - b)).toEqual(published.map((start) => start.op))
})

test('a channel that the server closes and that is opened again gives other names to its deliveries', () => {
  expect(facts('amqplib-closed')).toEqual([
    'session', 'consuming orders', 'delivered 1.3:1 m-20', 'requeue 1.3:1',
    'consuming orders', 'delivered 1.3:2 m-20 again', 'ack 1.3:2',
  ])
  expect(operations('amqplib-closed').slice(0, 4)).toEqual([
    'queue.declare no-such-queue failed', 'channel.close-ok', 'basic.ack', 'channel.close-ok',
  ])
})

test('pika: settlements in a transaction take effect with its commit', () => {
  expect(facts('pika-tx')).toEqual([
    'session', 'consuming orders', 'delivered 1:1 t-0', 'consuming orders', 'delivered 1:2 t-1',
    'consuming orders', 'delivered 1:3 t-2', 'ack 1:1', 'requeue 1:2',
  ])
  const roles = transcriptOf('pika-tx').starts.map((start) => start.transaction).filter((role) => role !== undefined)
  expect(roles).toEqual([
    'begin', 'inside', 'inside', 'inside', 'commit', 'inside', 'rollback', 'inside', 'inside', 'inside', 'commit',
  ])
})

test('pika: a publish to nowhere is refused with its channel', () => {
  expect(operations('pika-confirm')).toContain('basic.publish no-such-exchange/k failed')
  expect(operations('pika-consume')).toContain('basic.publish amq.fanout/report.*')
})

const damage = fc.record({
  capture: fc.constantFrom(...captures), at: fc.nat(), byte: fc.nat({ max: 255 }), drop: fc.nat({ max: 30 }),
})

test('damage is a WireError or unknown, never another throw, and what came out before is the stream', () => {
  fc.assert(fc.property(damage, ({ capture, at, byte, drop }) => {
    const chunks = capture.chunks.map(([direction, bytes]): Chunk => [direction, Buffer.from(bytes)])
    const index = at % chunks.length
    const [direction, bytes] = chunks[index] ?? ['request', Buffer.alloc(1)]
    bytes[(at >> 4) % bytes.length] = byte
    chunks[index] = [direction, bytes.subarray(0, Math.max(1, bytes.length - drop))]
    const session = amqpWire.open()
    const out: { request: Buffer[]; reply: Buffer[] } = { request: [], reply: [] }
    try {
      for (const chunk of chunks) out[chunk[0]].push(...feed(session, chunk).map((unit) => unit.bytes))
      session.close()
    } catch (error) {
      expect(error).toBeInstanceOf(WireError)
    }
    for (const each of ['request', 'reply'] as const) {
      const joined = Buffer.concat(out[each])
      expect(streamOf(chunks, each).subarray(0, joined.length).equals(joined)).toBe(true)
    }
  }), { seed: 5, numRuns: 600 })
})

test.each(captures)('$name: cut short anywhere it withholds the rest and does not throw', ({ chunks }) => {
  for (let count = 1; count <= chunks.length; count += 1) {
    const [direction, bytes] = chunks[count - 1] ?? ['request', Buffer.alloc(0)]
    const session = amqpWire.open()
    for (const chunk of chunks.slice(0, count - 1)) feed(session, chunk)
    feed(session, [direction, bytes.subarray(0, -1)])
    const rest = session.close()
    expect(rest.every((unit) => unit.facts?.every((fact) => fact.type === 'unknown'))).toBe(true)
  }
})
