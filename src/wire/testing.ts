/**
 * Captured conversations for decoder tests: loads them, runs a decoder over them, cuts them elsewhere.
 *
 * A capture is `{ about, chunks: [direction, base64][] }` in the order in which a recording pass-through read them.
 * What a tap would learn must not depend on the cuts. Test support only; no part of the product imports it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fact, OperationEnd, OperationStart, Unit, WireProtocol, WireSession } from '../model/wire.ts'

export type Direction = 'request' | 'reply'
export type Chunk = readonly [Direction, Buffer]

export interface Capture {
  readonly name: string
  readonly chunks: readonly Chunk[]
}

/** What a run of a decoder said, in the order of its units, and the bytes that came out. */
export interface Transcript {
  readonly starts: readonly OperationStart[]
  readonly ends: readonly OperationEnd[]
  readonly facts: readonly Fact[]
  /** All of it as lines, in order: starts, ends and facts. */
  readonly lines: readonly string[]
  readonly request: Buffer
  readonly reply: Buffer
}

export function loadCaptures(folder: string): Capture[] {
  return readdirSync(folder).filter((file) => file.endsWith('.json')).toSorted().map((file) => ({
    name: file.replace('.json', ''), chunks: parseCapture(readFileSync(join(folder, file), 'utf8')),
  }))
}

function parseCapture(text: string): Chunk[] {
  const { chunks } = JSON.parse(text) as { chunks: [Direction, string][] }
  return chunks.map(([direction, bytes]) => [direction, Buffer.from(bytes, 'base64')])
}

export function feed(session: WireSession, [direction, bytes]: Chunk): Unit[] {
  return direction === 'request' ? session.request(bytes) : session.reply(bytes)
}

export function runCapture(protocol: WireProtocol, chunks: readonly Chunk[]): Transcript {
  const session = protocol.open()
  const units: (readonly [Direction, Unit])[] = []
  for (const chunk of chunks) for (const unit of feed(session, chunk)) units.push([chunk[0], unit])
  return transcriptOf(units)
}

export function transcriptOf(units: readonly (readonly [Direction, Unit])[]): Transcript {
  const only = (direction: Direction): Buffer =>
    Buffer.concat(units.filter(([each]) => each === direction).map(([, unit]) => unit.bytes))
  return {
    starts: units.flatMap(([, unit]) => (unit.starts === undefined ? [] : [unit.starts])),
    ends: units.flatMap(([, unit]) => unit.ends ?? []),
    facts: units.flatMap(([, unit]) => unit.facts ?? []),
    lines: units.flatMap(([, { starts, ends = [], facts = [] }]) => [
      ...(starts === undefined ? [] : [JSON.stringify({ starts })]),
      ...facts.map((fact) => JSON.stringify(fact)), ...ends.map((end) => JSON.stringify({ end })),
    ]),
    request: only('request'),
    reply: only('reply'),
  }
}

export function streamOf(chunks: readonly Chunk[], direction: Direction): Buffer {
  return Buffer.concat(chunks.filter(([each]) => each === direction).map(([, bytes]) => bytes))
}

export function byteByByte(chunks: readonly Chunk[]): Chunk[] {
  return chunks.flatMap(([direction, bytes]) => Array.from(bytes, (byte): Chunk => [direction, Buffer.of(byte)]))
}

/**
 * The conversation cut again and again until every place inside every chunk was a cut: the n-th has each chunk that is
 * longer than n cut in two after n bytes.
 */
export function* cutEverywhere(chunks: readonly Chunk[]): Generator<Chunk[]> {
  const longest = Math.max(...chunks.map(([, bytes]) => bytes.length))
  for (let at = 1; at < longest; at += 1) {
    yield chunks.flatMap(([direction, bytes]): Chunk[] => {
      if (at >= bytes.length) return [[direction, bytes]]
      return [[direction, bytes.subarray(0, at)], [direction, bytes.subarray(at)]]
    })
  }
}

/** The conversation in as few chunks as keep its order of directions. */
export function joinNeighbours(chunks: readonly Chunk[]): Chunk[] {
  const joined: [Direction, Buffer][] = []
  for (const [direction, bytes] of chunks) {
    const last = joined.at(-1)
    if (last !== undefined && last[0] === direction) last[1] = Buffer.concat([last[1], bytes])
    else joined.push([direction, bytes])
  }
  return joined
}
