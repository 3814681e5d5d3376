/**
 * The decoder over captured traffic: Node 24 fetch and node:http, curl 7.88, Python requests and urllib, and two
 * conversations by hand (pipelining, an upgrade), against node:http servers.
 */
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WireError } from '../../lib/errors.ts'
import {
  byteByByte, cutEverywhere, feed, joinNeighbours, loadCaptures, runCapture, streamOf, type Chunk,
} from '../testing.ts'
import { httpWire } from './wire.ts'

const captures = loadCaptures(join(import.meta.dirname, 'fixtures'))

function chunksOf(name: string): readonly Chunk[] {
  return captures.find((capture) => capture.name === name)?.chunks ?? []
}

/** `POST /charges 201`, in order. */
function calls(name: string): string[] {
  const { starts, ends } = runCapture(httpWire, chunksOf(name))
  return starts.map(({ op, kind, text }) => `${kind} ${text} ${ends.find((end) => end.op === op)?.detail ?? 'open'}`)
}

test('there are captures', () => {
  expect(captures.length).toBeGreaterThanOrEqual(9)
})

test.each(captures)('$name: joined units are the stream, byte by byte too', ({ chunks }) => {
  for (const cut of [chunks, byteByByte(chunks), joinNeighbours(chunks)]) {
    const { request, reply } = runCapture(httpWire, cut)
    expect(request).toEqual(streamOf(chunks, 'request'))
    expect(reply).toEqual(streamOf(chunks, 'reply'))
  }
})

test.each(captures)('$name: it says the same wherever it is cut', ({ chunks }) => {
  const { lines } = runCapture(httpWire, chunks)
  expect(runCapture(httpWire, byteByByte(chunks)).lines).toEqual(lines)
  expect(runCapture(httpWire, joinNeighbours(chunks)).lines).toEqual(lines)
  for (const cut of cutEverywhere(chunks)) {
    const transcript = runCapture(httpWire, cut)
    if (transcript.lines.join('\n') !== lines.join('\n')) expect(transcript.lines).toEqual(lines)
  }
})

test('calls of fetch on two kept connections', () => {
  expect(calls('fetch-1')).toEqual([
    'POST /charges?b&currency 201', 'GET /chunked 200', 'GET /same 304', 'POST /busy 429', 'GET /hints 200',
  ])
  expect(calls('fetch-2')).toEqual([
    'GET /orders/*/lines/* 200', 'DELETE /none 204', 'PUT /broken 500', 'HEAD /any 200',
  ])
})

test('pipelined requests come apart', () => {
  expect(calls('pipelined')).toEqual(['GET /a 200', 'POST /charges 201', 'HEAD /c 200', 'GET /chunked 200'])
})

test('curl waits for 100 Continue, which is no answer', () => {
  expect(calls('curl')).toEqual(['POST /charges 201', 'HEAD /any 200', 'PATCH /orders/* 200'])
})

test.each([
  ['fetch-1', ['{"orderId":"o-17","amount":4}', 'key-o-17', '/charges?currency=eur&b=2']],
  ['node-http', ['{"orderId":"o-18"}', '/charges']],
  ['python-requests', ['{"orderId": "o-21", "amount": 2}', 'k-21', '/charges']],
  ['python-urllib', ['{"orderId":"o-23"}', '/charges']],
])('%s: the first call carries its body, its key and its target', (name, values) => {
  expect(runCapture(httpWire, chunksOf(name)).starts[0]?.values).toEqual(values)
})

test('a body without a length ends with the connection', () => {
  const session = httpWire.open()
  const units = chunksOf('until-close').flatMap((chunk) => feed(session, chunk))
  expect(units.flatMap((unit) => unit.ends ?? [])).toEqual([])
  expect(session.close()).toEqual([
    { bytes: Buffer.alloc(0), op: 1, ends: [{ op: 1, outcome: 'ok', detail: '200' }] },
  ])
})

test('after an upgrade both directions are unknown, and say so once', () => {
  expect(calls('upgraded')).toEqual(['GET /socket 101'])
  expect(runCapture(httpWire, chunksOf('upgraded')).facts).toEqual([
    { type: 'unknown', detail: 'reply of an upgraded connection', mayChangeState: true },
    { type: 'unknown', detail: 'request of an upgraded connection', mayChangeState: true },
  ])
})

test('damage is a WireError or goes unseen, never another throw', () => {
  const damage = fc.record({
    capture: fc.constantFrom(...captures), at: fc.nat(), byte: fc.nat({ max: 255 }), drop: fc.nat({ max: 40 }),
  })
  fc.assert(fc.property(damage, ({ capture, at, byte, drop }) => {
    const chunks = capture.chunks.map(([direction, bytes]): Chunk => [direction, Buffer.from(bytes)])
    const [direction, bytes] = chunks[at % chunks.length] ?? ['request', Buffer.alloc(1)]
    bytes[at % bytes.length] = byte
    chunks[at % chunks.length] = [direction, bytes.subarray(0, Math.max(1, bytes.length - drop))]
    const session = httpWire.open()
    try {
      for (const chunk of chunks) feed(session, chunk)
      session.close()
    } catch (error) {
      expect(error).toBeInstanceOf(WireError)
    }
  }), { seed: 11, numRuns: 600 })
})
