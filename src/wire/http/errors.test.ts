/** Errors of an HTTP server: what is forwarded, and responses that leave the connection what it was. */
import { expect, test } from 'vitest'
import { assert } from '../../lib/assert.ts'
import type { OperationStart, Refusal, Unit } from '../../model/wire.ts'
import { MessageReader } from './message-reader.ts'
import { followingOf } from './session.ts'
import { httpWire } from './wire.ts'

function startOf(kind: string): OperationStart {
  return { op: 1, kind, text: '/a', reads: ['GET', 'HEAD', 'OPTIONS'].includes(kind), oneWay: false, values: [] }
}

const requests = {
  'a length': 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}',
  chunks: 'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'no body': 'DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n',
  head: 'HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n',
  'an expectation, with its body': 'PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}',
}

function refusalOf(name: string, request: string): Refusal {
  const [kind = ''] = request.split(' ', 1)
  const refusal = httpWire.refuse?.(name, Buffer.from(request), startOf(kind))
  assert(refusal !== undefined, `${kind} can be refused with ${name}`)
  return refusal
}

function opsEnded(units: readonly Unit[]): string[] {
  return units.flatMap((unit) => unit.ends ?? []).map(({ op, outcome, detail }) => `${op} ${outcome} ${detail}`)
}

test.each(Object.entries(requests))('%s: each error is one response, and the next call has its own', (_, request) => {
  const names = request.startsWith('HEAD') ? ['429', '500', '503'] : ['429', '500', '500-done', '503']
  expect(httpWire.errors?.(startOf(request.split(' ', 1)[0] ?? ''))?.toSorted()).toEqual(names)
  const next = 'GET /b HTTP/1.1\r\n\r\n'
  for (const name of names) {
    const session = httpWire.open()
    session.request(Buffer.from(`${request}${next}`))
    const refusal = refusalOf(name, request)
    expect(refusal.closes).toBe(false)
    const performed = Buffer.from('HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok')
    const reply = name === '500-done' ? performed : Buffer.alloc(0)
    const answer = Buffer.concat([refusal.answer(reply), Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')])
    const status = name.slice(0, 3)
    const units = session.reply(answer)
    expect(opsEnded(units)).toEqual([`1 ${status === '429' ? 'failed' : 'indeterminate'} ${status}`, '2 ok 200'])
    expect(units.flatMap((unit) => unit.facts ?? [])).toEqual([])
    expect(refusal.request?.toString()).toBe(name === '500-done' ? request : undefined)
    expect(refusal.outcome(reply)).toBe(name === '500-done' ? 'ok' : 'failed')
  }
})

test.each([
  ['429', '1'], ['503', '1'], ['500', undefined],
])('%s says when to come again: %s', (name, seconds) => {
  const reader = new MessageReader('RESPONSE', ({ status }) => followingOf('POST', status))
  const [stretch] = reader.read(refusalOf(name, requests['a length']).answer(Buffer.alloc(0)))
  expect(stretch?.isEnd).toBe(true)
  expect(stretch?.head?.headers.get('retry-after')).toBe(seconds)
  expect(() => void JSON.parse(Buffer.concat(stretch?.body ?? []).toString())).not.toThrow()
})

test.each([
  ['HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', 'ok'],
  ['HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n', 'failed'],
  ['HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n', 'indeterminate'],
])('500-done is over with the whole response and says what it was: %j', (response, outcome) => {
  const refusal = refusalOf('500-done', requests.chunks)
  const reply = Buffer.from(response)
  for (let end = 0; end < reply.length; end += 1) expect(refusal.complete(reply.subarray(0, end))).toBe(false)
  expect(refusal.complete(reply)).toBe(true)
  expect(refusal.outcome(reply)).toBe(outcome)
  expect(refusal.answer(reply).toString()).toMatch(/^HTTP\/1\.1 500 /)
})

test.each([
  ['HTTP/1.1', 'Connection: close\r\n', true, 'close'], ['HTTP/1.1', '', false, undefined],
  ['HTTP/1.1', 'Connection: keep-alive\r\n', false, undefined],
  ['HTTP/1.0', '', true, 'close'], ['HTTP/1.0', 'Connection: Keep-Alive\r\n', false, 'keep-alive'],
])('%s %j: closes: %s', (version, header, closes, told) => {
  const refusal = refusalOf('500', `POST /a ${version}\r\n${header}Content-Length: 2\r\n\r\n{}`)
  expect(refusal.closes).toBe(closes)
  const answer = refusal.answer(Buffer.alloc(0)).toString()
  expect(/\r\nconnection: ([^\r]+)/.exec(answer)?.[1]).toBe(told)
})

test.each([
  ['not whole', 'POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\n{}'], ['half a head', 'POST /a HTTP/1.1\r\nHo'],
  ['chunks without an end', 'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n'],
  ['waits for 100 Continue', 'POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'],
  ['two of them', `${requests['a length']}${requests['a length']}`],
])('%s: no error', (_, request) => {
  for (const name of ['429', '500', '500-done', '503']) {
    expect(httpWire.refuse?.(name, Buffer.from(request), startOf('POST'))).toBeUndefined()
  }
})

test('a tunnel has no errors of ours, and a read none that leaves its outcome open', () => {
  expect(httpWire.errors?.(startOf('CONNECT'))).toEqual([])
  expect(httpWire.errors?.(startOf('GET'))).toEqual(['429', '500', '503'])
  expect(httpWire.refuse?.('500-done', Buffer.from('GET /a HTTP/1.1\r\n\r\n'), startOf('GET'))).toBeUndefined()
})
