/** Whatever the writer writes the reader reads: every request and response of the table, in every version. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WireError } from '../../lib/errors.ts'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from './frames.ts'
import { includes, kafkaApis, type Field, type KafkaApi, type KafkaRecord, type KafkaValue } from './table.ts'

const each = kafkaApis.flatMap((api) => versionsOf(api).map((version) => ({ api, version })))

function versionsOf({ versions: { from, to } }: KafkaApi): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

function anyRecord(fields: readonly Field[], version: number): fc.Arbitrary<KafkaRecord> {
  const present = fields.filter((field) => includes(field.versions, version))
  return fc.record(Object.fromEntries(present.map((field) => [field.name, anyField(field, version)])))
}

function anyField(field: Field, version: number): fc.Arbitrary<KafkaValue> {
  const one = anyOne(field, version)
  const value = field.isArray ? fc.array(one, { maxLength: 2 }) : one
  const canBeNull = includes(field.nullable, version)
  return canBeNull ? fc.option(value, { nil: null, freq: 3 }) : value
}

function anyOne({ type, fields }: Field, version: number): fc.Arbitrary<KafkaValue> {
  switch (type) {
    case 'bool': return fc.boolean()
    case 'int8': return fc.integer({ min: -128, max: 127 })
    case 'int16': return fc.integer({ min: -32_768, max: 32_767 })
    case 'uint16': return fc.integer({ min: 0, max: 65_535 })
    case 'int32': return fc.integer()
    case 'uint32': return fc.integer({ min: 0, max: 2 ** 32 - 1 })
    case 'int64': return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'float64': return fc.double({ noNaN: true })
    case 'string': return fc.string({ maxLength: 5, unit: 'grapheme' })
    case 'uuid': return ofBytes(16, 16).map((id) => id.toString('base64url'))
    case 'bytes':
    case 'records': return ofBytes(0, 5)
    case '{}': return anyRecord(fields, version)
  }
}

function ofBytes(minLength: number, maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes))
}

test('the table has what clients send, and nothing for controllers', () => {
  expect(kafkaApis.length).toBeGreaterThan(70)
  expect(new Set(kafkaApis.map(({ key }) => key)).size).toBe(kafkaApis.length)
  expect(kafkaApis.map(({ name }) => name)).toEqual(expect.arrayContaining(['Produce', 'ConsumerGroupHeartbeat']))
  expect(kafkaApis.map(({ name }) => name)).not.toContain('Vote')
})

test.each(kafkaApis)('$name: what is written is read, in every version', (api) => {
  for (const version of versionsOf(api)) {
    const any = fc.record({
      request: anyRecord(api.request, version), response: anyRecord(api.response, version), correlation: fc.integer(),
    })
    fc.assert(fc.property(any, ({ request, response, correlation }) => {
      const head = { key: api.key, version, correlation }
      const asked = decodeRequest(encodeRequest(head, 'client', request))
      expect(asked).toMatchObject({ ...head, clientId: 'client' })
      expect(asked?.body).toEqual(request)
      if (isRefusal(api, response)) return
      expect(decodeResponse(encodeResponse(head, response), api, version)).toEqual({ correlation, body: response })
    }), { numRuns: 15 })
  }
})

/** Those are in another version's form, whatever was asked. */
function isRefusal({ name }: KafkaApi, response: KafkaRecord): boolean {
  return name === 'ApiVersions' && response['errorCode'] === 35
}

test.each(kafkaApis)('$name: where nothing is given the defaults are written', (api) => {
  for (const version of versionsOf(api)) {
    const head = { key: api.key, version, correlation: 7 }
    const request = encodeRequest(head, '', {})
    expect(encodeRequest(head, '', decodeRequest(request)?.body ?? {})).toEqual(request)
    const response = encodeResponse(head, {})
    expect(encodeResponse(head, decodeResponse(response, api, version).body)).toEqual(response)
  }
})

test('what is cut short, or goes on, does not decode', () => {
  fc.assert(fc.property(fc.constantFrom(...each), fc.nat(), ({ api, version }, at) => {
    const frame = encodeRequest({ key: api.key, version, correlation: 1 }, 'client', {})
    const kept = 4 + (at % (frame.length - 4))
    expect(() => decodeRequest(frame.subarray(0, kept))).toThrow(WireError)
    expect(() => decodeRequest(Buffer.concat([frame, Buffer.of(0)]))).toThrow(WireError)
  }))
})

test('an answer that the version is not supported is read in the oldest form', () => {
  const api = kafkaApis.find(({ name }) => name === 'ApiVersions')
  const refusal = { errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 2 }] }
  const frame = encodeResponse({ key: 18, version: 0, correlation: 3 }, refusal)
  expect(api === undefined ? undefined : decodeResponse(frame, api, 4)).toEqual({ correlation: 3, body: refusal })
})
