/**
 * The method table and the field reader against amqplib's own definitions and decoder, which are generated from the
 * specification: same methods, same arguments, same values, on captured and on generated frames.
 */
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteQueue } from '../byte-queue.ts'
import { loadCaptures, streamOf, type Direction } from '../testing.ts'
import { FieldReader, type FieldValue, type Table } from './field-reader.ts'
import {
  decodeContentHeader, decodeMethod, HEADER_FRAME, METHOD_FRAME, PROTOCOL_HEADER, takeFrames, type Frame,
} from './frames.ts'
import { BASIC_PROPERTIES, METHODS } from './methods.ts'
import { parseCodec, parseDefinitions } from './testing.ts'

const theirs = parseDefinitions()
const captures = loadCaptures(join(import.meta.dirname, 'fixtures'))

/** In amqplib's spelling: `basic.get-ok` is BasicGetOk. */
function camel(name: string): string {
  return name.replace(/(?:^|[.-])(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** amqplib writes timestamps and decimals as tagged objects, and numbers beyond 2^53 as numbers. */
function normal(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  if ('!' in value && 'value' in value) return value['!'] === 'timestamp' ? value.value : 'decimal'
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => [key, normal(inner)]))
}

function ours(table: Table): unknown {
  const texts: Record<string, FieldValue> = { ...table }
  return normal(texts)
}

/** Long tags are buffers in amqplib's method arguments; ours are numbers. */
function comparable(fields: unknown): unknown {
  if (typeof fields !== 'object' || fields === null) return fields
  return normal(Object.fromEntries(Object.entries(fields).map(([key, value]) =>
    [key, Buffer.isBuffer(value) && key === 'deliveryTag' ? Number(value.readBigUInt64BE()) : value])))
}

function framesOf(direction: Direction): Frame[] {
  return captures.flatMap(({ chunks }) => {
    const stream = new ByteQueue()
    stream.push(streamOf(chunks, direction))
    if (direction === 'request') stream.take(PROTOCOL_HEADER.length)
    return [...takeFrames(stream)]
  })
}

const frames = [...framesOf('request'), ...framesOf('reply')]

describe('the table', () => {
  const ids = Object.values(theirs).filter((value): value is number => typeof value === 'number' && value > 0xffff)

  test('has the methods that amqplib has, no more and no fewer', () => {
    expect([...METHODS.keys()].toSorted((a, b) => a - b)).toEqual([...new Set(ids)].toSorted((a, b) => a - b))
  })

  test.each([...METHODS.values()])('$name has its name and arguments', ({ id, name, fields }) => {
    const { name: theirName, args } = theirs.info(id)
    expect(camel(name)).toBe(theirName)
    expect(fields).toEqual(args.map((arg) => [arg.name, arg.type === 'timestamp' ? 'longlong' : arg.type]))
  })

  test('has the properties of class basic in their order', () => {
    const { args } = theirs.info(theirs.BasicProperties)
    expect(BASIC_PROPERTIES)
      .toEqual(args.map((arg) => [arg.name, arg.type === 'timestamp' ? 'longlong' : arg.type]))
  })
})

test('captured methods decode to the same arguments', () => {
  const methods = frames.filter((frame) => frame.type === METHOD_FRAME)
  expect(methods.length).toBeGreaterThan(150)
  for (const { payload } of methods) {
    const method = decodeMethod(payload)
    expect(ours(method?.args ?? {})).toEqual(comparable(theirs.decode(payload.readUInt32BE(0), payload.subarray(4))))
  }
})

test('captured content headers decode to the same properties', () => {
  const headers = frames.filter((frame) => frame.type === HEADER_FRAME)
  expect(headers.length).toBeGreaterThan(30)
  for (const { payload } of headers) {
    const { properties } = decodeContentHeader(payload)
    const expected = normal(theirs.decode(payload.readUInt16BE(0), payload.subarray(12)))
    expect(withoutDecimals(ours(properties))).toEqual(withoutDecimals(expected))
  }
})

/** Decimals have a spelling of their own in either decoder. */
function withoutDecimals(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('"12.34"', '"decimal"'))
}

const value = fc.letrec((tie) => ({
  scalar: fc.oneof(
    fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null),
    // amqplib itself fails on fractions beyond 2^50, and writes -0 as 0.
    fc.double({ noNaN: true, min: -1e15, max: 1e15 }).map((each) => each + 0),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  ),
  array: fc.array(tie('any'), { maxLength: 4 }),
  table: fc.dictionary(fc.string({ maxLength: 12 }).filter((key) => key !== '!'), tie('any'), { maxKeys: 4 }),
  any: fc.oneof({ depthSize: 'small' }, tie('scalar'), tie('array'), tie('table')),
}))

test('tables that amqplib writes are read back', () => {
  fc.assert(fc.property(value.table, (table) => {
    const buffer = Buffer.alloc(64 * 1024)
    const size = parseCodec().encodeTable(buffer, table, 0)
    const reader = new FieldReader(buffer.subarray(0, size))
    expect(normal(reader.table())).toEqual(normal({ ...readable(table) }))
    expect(reader.left).toBe(0)
  }), { seed: 9, numRuns: 300 })
})

function readable(table: unknown): Readonly<Record<string, unknown>> {
  return typeof table === 'object' && table !== null ? Object.fromEntries(Object.entries(table)) : {}
}
