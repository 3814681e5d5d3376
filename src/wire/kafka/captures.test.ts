/**
 * The decoder over captured traffic of five clients with Kafka 4.3.1, all connections of each on one link.
 *
 * A capture is `{ about, chunks: [connection, direction, base64][] }` in the order in which a recording pass-through
 * read them. What a tap learns must not depend on how the network cut the streams, and joined units must be the stream.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Unit, WireSession } from '../../model/wire.ts'
import { feed, type Direction } from '../testing.ts'
import { spell } from './testing.ts'
import { kafkaWire } from './wire.ts'

type Chunk = readonly [connection: number, direction: Direction, bytes: Buffer]

const folder = join(import.meta.dirname, 'fixtures')
const captures = readdirSync(folder).toSorted().map((file) => ({
  name: file.replace('.json', ''), chunks: parseCapture(readFileSync(join(folder, file), 'utf8')),
}))

function parseCapture(text: string): Chunk[] {
  const { chunks } = JSON.parse(text) as { readonly chunks: readonly [number, Direction, string][] }
  return chunks.map(([connection, direction, bytes]) => [connection, direction, Buffer.from(bytes, 'base64')])
}

interface Heard {
  readonly connection: number
  readonly direction: Direction
  readonly unit: Unit
}

function listen(chunks: readonly Chunk[]): Heard[] {
  const open = kafkaWire.openLink?.() ?? (() => kafkaWire.open())
  const sessions = new Map<number, WireSession>()
  return chunks.flatMap(([connection, direction, bytes]) => {
    const session = sessions.get(connection) ?? open()
    sessions.set(connection, session)
    return feed(session, [direction, bytes]).map((unit) => ({ connection, direction, unit }))
  })
}

/** All that is said but the bytes. */
function said(heard: readonly Heard[]): string[] {
  return heard.map(({ connection, unit: { bytes, ...rest } }) => JSON.stringify([connection, bytes.length, rest]))
}

function streamsOf(parts: readonly (readonly [number, Direction, Buffer])[]): Map<string, string> {
  const streams = new Map<string, Buffer[]>()
  for (const [connection, direction, bytes] of parts) {
    const name = `${connection} ${direction}`
    streams.set(name, [...streams.get(name) ?? [], bytes])
  }
  return new Map([...streams].map(([name, list]) => [name, Buffer.concat(list).toString('base64')]))
}

/** Each chunk in pieces of the sizes in turn. */
function cut(chunks: readonly Chunk[], sizes: readonly number[]): Chunk[] {
  let turn = 0
  return chunks.flatMap(([connection, direction, bytes]) => {
    const pieces: Chunk[] = []
    for (let at = 0; at < bytes.length;) {
      const size = sizes[turn % sizes.length] ?? 1
      turn += 1
      pieces.push([connection, direction, bytes.subarray(at, at + size)])
      at += size
    }
    return pieces
  })
}

function of(name: string): Heard[] {
  return listen(captures.find((capture) => capture.name === name)?.chunks ?? [])
}

/** Operations that are no housekeeping, with what they have to do with transactions. */
function operationsOf(heard: readonly Heard[]): string[] {
  return heard.flatMap(({ unit: { starts } }) => (starts === undefined || starts.handshake === true ? []
    : [[starts.kind, starts.text, starts.transaction ?? ''].filter((word) => word !== '').join(' ')]))
}

test('there are captures', () => {
  expect(captures.map(({ name }) => name)).toEqual(['aiokafka', 'java', 'kafkajs', 'librdkafka', 'platformatic'])
})

test.each(captures)('$name: joined units are the stream, however it is cut', ({ chunks }) => {
  const expected = said(listen(chunks))
  const check = (sizes: readonly number[]): void => {
    const heard = listen(cut(chunks, sizes))
    expect(said(heard)).toEqual(expected)
    expect(streamsOf(heard.map(({ connection, direction, unit }) => [connection, direction, unit.bytes])))
      .toEqual(streamsOf(chunks))
  }
  check([1])
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 })
  fc.assert(fc.property(sizes, check), { numRuns: 3 })
})

test.each(captures)('$name: nothing in it is unknown, and what is answered is over', ({ chunks }) => {
  const heard = listen(chunks)
  expect(heard.flatMap(({ unit }) => unit.facts ?? []).filter((fact) => fact.type === 'unknown')).toEqual([])
  const starts = heard.filter(({ unit }) => unit.starts !== undefined)
  const answers = heard.filter(({ direction }) => direction === 'reply')
  expect(answers.every(({ unit }) => unit.ends?.length === 1)).toBe(true)
  // The client may close while it is answered.
  expect(starts.length - answers.length).toBeLessThan(5)
})

test('kafkajs: commits settle, a transaction with its commit, and an aborted record is not delivered', () => {
  const heard = of('kafkajs')
  expect(operationsOf(heard).filter((name) => /Txn|Offset|Produce out/.test(name))).toEqual([
    'OffsetCommit orders', 'OffsetCommit orders',
    'AddPartitionsToTxn out begin', 'Produce out inside', 'AddOffsetsToTxn inside', 'TxnOffsetCommit orders inside',
    'EndTxn rollback',
    // The abort goes on for a while: twice code 51.
    'AddPartitionsToTxn out begin', 'AddPartitionsToTxn out begin', 'AddPartitionsToTxn out begin',
    'Produce out inside', 'AddOffsetsToTxn inside', 'TxnOffsetCommit orders inside', 'EndTxn commit',
    'OffsetCommit out',
  ])
  expect(heard.flatMap(({ unit }) => spell(unit)).filter((fact) => /^(?:delivered|ack)/.test(fact))).toEqual([
    'delivered orders/0@0 v3', 'delivered orders/1@0 v0', 'delivered orders/1@1 v1', 'delivered orders/1@2 v2',
    'ack orders/0@0', 'ack orders/1@0', 'ack orders/1@1', 'ack orders/1@2', 'delivered out/0@2 ov2', 'ack out/0@2',
  ])
})

test('java: a transaction of the second version begins with its offsets or its records', () => {
  expect(operationsOf(of('java')).filter((name) => /(?:begin|inside|commit|rollback)$/.test(name))).toEqual([
    'TxnOffsetCommit orders begin', 'EndTxn rollback',
    'TxnOffsetCommit orders begin', 'Produce out inside', 'EndTxn commit',
  ])
})

test.each(captures)('$name: every member leaves and every transaction ends', ({ name }) => {
  const held = new Set<string>()
  for (const fact of of(name).flatMap(({ unit }) => unit.facts ?? [])) {
    if (fact.type !== 'lease') continue
    if (fact.held) held.add(fact.lease.kind + fact.lease.name)
    else held.delete(fact.lease.kind + fact.lease.name)
  }
  // A static member does not leave, it is waited for.
  expect([...held].map((lease) => lease.replace(/ static-1-.*/, ''))).toEqual(
    name === 'java' ? ['membermember onceproof.c3.classic'] : [])
})
