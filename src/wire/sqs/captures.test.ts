/**
 * The decoder over captured traffic with LocalStack 4.14.0: the AWS SDK for JavaScript, sqs-consumer and boto3 with the
 * JSON protocol, an older boto3 with the query protocol.
 */
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WireError } from '../../lib/errors.ts'
import type { Unit } from '../../model/wire.ts'
import {
  byteByByte, cutEverywhere, feed, joinNeighbours, loadCaptures, runCapture, streamOf, type Chunk,
} from '../testing.ts'
import { factLines } from './testing.ts'
import { sqsWire } from './wire.ts'

const captures = loadCaptures(join(import.meta.dirname, 'fixtures'))

function chunksOf(name: string): readonly Chunk[] {
  return captures.find((capture) => capture.name === name)?.chunks ?? []
}

/** `DeleteMessage orders.fifo: 200`, polls and questions left out. */
function calls(name: string): string[] {
  const { starts, ends } = runCapture(sqsWire, chunksOf(name))
  return starts.filter((start) => start.handshake !== true)
    .map(({ op, kind, text }) => `${kind} ${text}: ${ends.find((end) => end.op === op)?.detail ?? 'open'}`)
}

function factsOf(units: readonly Unit[]): string[] {
  return factLines(units).map((line) => line.replaceAll(/\b[0-9a-f]{16}\b/g, 'h'))
}

test.each(captures)('$name: joined units are the stream, nothing is unknown, every call is over', ({ chunks }) => {
  const { lines } = runCapture(sqsWire, chunks)
  for (const cut of [chunks, byteByByte(chunks), joinNeighbours(chunks)]) {
    const { request, reply, facts, starts, ends, lines: said } = runCapture(sqsWire, cut)
    expect(said).toEqual(lines)
    expect(request).toEqual(streamOf(chunks, 'request'))
    expect(reply).toEqual(streamOf(chunks, 'reply'))
    expect(facts.filter((fact) => fact.type === 'unknown')).toEqual([])
    expect(ends.map((end) => end.op)).toEqual(starts.map((start) => start.op))
  }
})

/** Where messages end is the parser's knowledge, whose tests cut everywhere; long captures are cut here and there. */
test.each(captures)('$name: it says the same wherever it is cut', ({ name, chunks }) => {
  const { lines } = runCapture(sqsWire, chunks)
  const every = name.startsWith('sqs-consumer') ? 1 : 23
  let at = 0
  for (const cut of cutEverywhere(chunks)) {
    at += 1
    if (at % every !== 0) continue
    const transcript = runCapture(sqsWire, cut)
    if (transcript.lines.join('\n') !== lines.join('\n')) expect(transcript.lines).toEqual(lines)
  }
})

test.each(['aws-sdk', 'boto3', 'boto3-query'])('%s: calls by action and queue, polls and questions apart', (name) => {
  expect(calls(name)).toEqual([
    'SendMessage out.fifo: 200', 'DeleteMessage orders.fifo: 200',
    'ChangeMessageVisibility orders.fifo visible at once: 200',
    'DeleteMessageBatch orders.fifo: 200 1 of 2 entries failed', 'SendMessageBatch out.fifo: 200',
    'ChangeMessageVisibilityBatch orders.fifo: 200', 'DeleteMessage orders.fifo: 400 ReceiptHandleIsInvalid',
    'DeleteMessage orders.fifo: 200',
  ])
})

test.each(['aws-sdk', 'boto3', 'boto3-query'])('%s: what became of three messages', (name) => {
  const session = sqsWire.open()
  const said = chunksOf(name).flatMap((chunk) => factsOf(feed(session, chunk)))
  expect(said.map((line) => line.replace(/[0-9a-f-]{36}/, 'id'))).toEqual([
    'consuming orders.fifo',
    'delivered h m-1 new', 'lease h held', 'delivered h m-2 new', 'lease h held', 'delivered h m-3 new', 'lease h held',
    'settled h ack', 'lease h over', 'settled h requeue', 'lease h over',
    'delivered h id again', 'lease h held', 'settled h ack', 'lease h over', 'settled h ack', 'lease h over',
  ])
})

test('a body in the query protocol is the text that was sent', () => {
  const { facts, starts } = runCapture(sqsWire, chunksOf('boto3-query'))
  const body = '{"id":"o-1"} <&é中>\n'
  expect(facts.find((fact) => fact.type === 'delivered')).toMatchObject({
    body, lane: 'orders.fifo g1', headers: { 'message-id': 'm-1', MessageGroupId: 'g1', ApproximateReceiveCount: '1' },
  })
  expect(starts.find((start) => start.kind === 'SendMessage')?.values).toContain(body)
})

test('connections of a link know of each other, and the producer its own messages', () => {
  const wire = sqsWire.openLink?.()
  expect(wire).toBeDefined()
  const [first, second] = [wire?.(), wire?.()]
  if (first === undefined || second === undefined) return
  const said = chunksOf('sqs-consumer-1').flatMap((chunk) => factsOf(feed(first, chunk)))
  const then = chunksOf('sqs-consumer-2').flatMap((chunk) => factsOf(feed(second, chunk)))
  expect(said[0]).toBe('consuming orders.fifo')
  expect(then.filter((line) => line.startsWith('consuming'))).toEqual([])
  // The message was given back on the first connection; the one deleted here had come there.
  expect(then.slice(0, 2)).toEqual(['settled h ack', 'lease h over'])
  expect(then[2]).toMatch(/^delivered h .* again$/)
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
    const session = sqsWire.open()
    try {
      for (const chunk of chunks) feed(session, chunk)
      session.close()
    } catch (error) {
      expect(error).toBeInstanceOf(WireError)
    }
  }), { seed: 11, numRuns: 600 })
})
