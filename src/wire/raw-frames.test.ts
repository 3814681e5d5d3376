/**
 * Raw frames over captured traffic: the stream itself, the same wherever it is cut, and as many as amqplib and
 * pg-protocol find with their own readers.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { parse } from 'pg-protocol'
import { describe, expect, test } from 'vitest'
import type { RawDirection, RawFraming } from '../model/wire.ts'
import { amqpWire } from './amqp/wire.ts'
import { kafkaWire } from './kafka/wire.ts'
import { postgresWire } from './postgres/wire.ts'
import { openRawSplitter } from './raw-frames.ts'
import { byteByByte, joinNeighbours, loadCaptures, streamOf, type Capture, type Chunk } from './testing.ts'

const amqp = loadCaptures(join(import.meta.dirname, 'amqp', 'fixtures'))
const postgres = readCaptures(join(import.meta.dirname, 'postgres', 'fixtures'))
const kafka = readLinks(join(import.meta.dirname, 'kafka', 'fixtures'))
const framings: Readonly<Record<string, { readonly rawFraming?: () => RawFraming }>> = {
  amqp: amqpWire, postgres: postgresWire, kafka: kafkaWire,
}
const captures = [
  ...amqp.map((capture) => ({ ...capture, wire: 'amqp' })),
  ...postgres.map((capture) => ({ ...capture, wire: 'postgres' })),
  ...kafka.map((capture) => ({ ...capture, wire: 'kafka' })),
]

/** Those of Postgres are the chunks alone. */
function readCaptures(folder: string): Capture[] {
  return readdirSync(folder).filter((file) => file.endsWith('.json')).map((file) => ({
    name: file.replace('.json', ''), chunks: parseChunks(readFileSync(join(folder, file), 'utf8')),
  }))
}

function parseChunks(text: string): Chunk[] {
  return (JSON.parse(text) as [RawDirection, string][]).map(([from, bytes]) => [from, Buffer.from(bytes, 'base64')])
}

/** Those of Kafka are of several connections at once. */
function readLinks(folder: string): Capture[] {
  return readdirSync(folder).flatMap((file) => {
    const chunks = parseLink(readFileSync(join(folder, file), 'utf8'))
    const connections = [...new Set(chunks.map(([connection]) => connection))]
    return connections.map((connection) => ({
      name: `${file.replace('.json', '')} ${connection}`,
      chunks: chunks.filter(([other]) => other === connection)
        .map(([, from, bytes]): Chunk => [from, Buffer.from(bytes, 'base64')]),
    }))
  })
}

function parseLink(text: string): readonly [number, RawDirection, string][] {
  return (JSON.parse(text) as { readonly chunks: [number, RawDirection, string][] }).chunks
}

interface Split {
  readonly frames: readonly { readonly label: string; readonly bytes: Buffer }[]
  readonly labels: readonly string[]
}

function split(wire: string, chunks: readonly Chunk[], direction: RawDirection): Split {
  const splitter = openRawSplitter(framings[wire] ?? {})
  const frames = chunks.flatMap(([from, bytes]) => splitter.split(from, bytes).filter(() => from === direction))
  return { frames, labels: frames.map((frame) => frame.label) }
}

test.each(captures)('$wire $name: frames, joined, are the stream, and the same wherever it is cut', (capture) => {
  const { wire, chunks } = capture
  for (const direction of ['request', 'reply'] as const) {
    const { frames, labels } = split(wire, chunks, direction)
    const whole = streamOf(chunks, direction)
    const joined = Buffer.concat(frames.map((frame) => frame.bytes))
    expect(whole.subarray(0, joined.length)).toEqual(joined)
    for (const cut of [byteByByte(chunks), joinNeighbours(chunks)]) {
      const again = split(wire, cut, direction).labels
      expect(again.filter((label) => label !== 'chunk')).toEqual(labels.filter((label) => label !== 'chunk'))
    }
  }
})

function parseFrameReader(): { parseFrame(bytes: Buffer): { size: number; rest: Buffer } | false } {
  const require = createRequire(import.meta.url)
  return require(join(dirname(require.resolve('amqplib')), 'lib', 'frame.js')) as ReturnType<typeof parseFrameReader>
}

const theirs = parseFrameReader()

test.each(amqp)('$name: as many frames as amqplib reads', ({ chunks }) => {
  let rest = streamOf(chunks, 'reply')
  let count = 0
  for (let frame = theirs.parseFrame(rest); frame !== false; frame = theirs.parseFrame(rest)) {
    count += 1
    rest = frame.rest
  }
  expect(split('amqp', chunks, 'reply').frames).toHaveLength(count)
})

test.each(postgres.filter(({ chunks }) => chunks.every(([, bytes]) => bytes.length > 1)))(
  '$name: as many replies as pg-protocol reads', async ({ chunks }) => {
    let count = 0
    await parse(Readable.from([streamOf(chunks, 'reply')]), () => { count += 1 })
    expect(split('postgres', chunks, 'reply').frames).toHaveLength(count)
  },
)

describe('what is called what', () => {
  test('the acknowledgement of a delivery is one frame, the delivery three', () => {
    const chunks = amqp.find(({ name }) => name === 'amqplib-consume')?.chunks ?? []
    expect(split('amqp', chunks, 'request').labels).toContain('method 60.80')
    expect(split('amqp', chunks, 'reply').labels.join()).toContain('method 60.60,header,body')
  })
  test('heartbeats are known as such', () => {
    const beat = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce])
    expect(openRawSplitter(amqpWire).split('reply', beat)).toMatchObject([{ label: 'heartbeat', keepsAlive: true }])
  })
  test('packets before the start have no kind, and an answer to SSLRequest is one byte', () => {
    const chunks = postgres.find(({ name }) => name === 'psql-sslmode-prefer')?.chunks ?? []
    expect(split('postgres', chunks, 'request').labels.slice(0, 3)).toEqual(['packet 80877103', 'packet 196608', 'Q'])
    expect(split('postgres', chunks, 'reply').labels.slice(0, 2)).toEqual(['answer N', 'R'])
  })
  test('an extended query is told apart message by message', () => {
    const chunks = postgres.find(({ name }) => name === 'node-pg-named')?.chunks ?? []
    expect(split('postgres', chunks, 'request').labels.join('')).toContain('PBDES')
  })
  test('a reply is called like its request, and what is sent by the clock is known as such', () => {
    const beat = Buffer.from([0, 0, 0, 8, 0, 12, 0, 0, 0, 0, 0, 12])
    const splitter = openRawSplitter(kafkaWire)
    expect(splitter.split('request', beat)).toMatchObject([{ label: 'request 12', keepsAlive: true }])
    expect(splitter.split('reply', Buffer.from([0, 0, 0, 4, 0, 0, 0, 12])))
      .toMatchObject([{ label: 'reply 12', keepsAlive: true }])
    const chunks = kafka.flatMap((capture) => capture.chunks)
    const { labels } = split('kafka', chunks, 'request')
    expect(labels).toEqual(expect.arrayContaining(['request 0', 'request 8']))
  })
})

describe('what has no frames', () => {
  test('passes chunk by chunk', () => {
    const chunks: Chunk[] = [['request', Buffer.from('GET / HTTP/1.1\r\n')], ['request', Buffer.from('\r\n')]]
    expect(split('http', chunks, 'request').labels).toEqual(['chunk', 'chunk'])
  })
  test('or breaks its own framing: everything since is one chunk, both ways', () => {
    const splitter = openRawSplitter(amqpWire)
    const broken = Buffer.from([1, 0, 1, 0, 0, 0, 1, 9, 9])
    expect(splitter.split('request', broken)).toMatchObject([{ label: 'chunk', bytes: broken }])
    expect(splitter.split('reply', Buffer.from([8]))).toMatchObject([{ label: 'chunk' }])
  })
})

test('property: no bytes are lost, changed or turned around, whatever they are', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 30 })
  const chunk = fc.tuple(fc.constantFrom<RawDirection>('request', 'reply'), bytes)
  const wires = fc.constantFrom('amqp', 'postgres', 'kafka', 'tcp')
  fc.assert(fc.property(wires, fc.array(chunk, { maxLength: 12 }), (wire, raw) => {
    const chunks = raw.map(([direction, some]): Chunk => [direction, Buffer.from(some)])
    for (const direction of ['request', 'reply'] as const) {
      const joined = Buffer.concat(split(wire, chunks, direction).frames.map((frame) => frame.bytes))
      expect(streamOf(chunks, direction).subarray(0, joined.length)).toEqual(joined)
    }
  }))
})
