/** HTTP by hand: what no capture shows. Long bodies, odd ends, early answers, tunnels, the planted repeat. */
import { expect, test } from 'vitest'
import { WireError } from '../../lib/errors.ts'
import type { OperationStart, Unit, WireSession } from '../../model/wire.ts'
import { httpWire } from './wire.ts'

function request(session: WireSession, text: string): Unit[] {
  return session.request(Buffer.from(text))
}

function reply(session: WireSession, text: string): Unit[] {
  return session.reply(Buffer.from(text))
}

function textOf(units: readonly Unit[]): string {
  return Buffer.concat(units.map((unit) => unit.bytes)).toString()
}

test('a head that is not whole is withheld', () => {
  const session = httpWire.open()
  expect(request(session, 'GET /a HTTP/1.1\r\nHo')).toEqual([])
  const units = request(session, 'st: x\r\n\r\n')
  expect(units).toHaveLength(1)
  expect(textOf(units)).toBe('GET /a HTTP/1.1\r\nHost: x\r\n\r\n')
})

test('a request that never became whole is told at the end, and changed nothing', () => {
  const session = httpWire.open()
  request(session, 'POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe')
  expect(session.close()).toEqual([{
    bytes: Buffer.from('POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe'),
    facts: [{
      type: 'unknown', detail: 'the connection ended inside a request that was not forwarded', mayChangeState: false,
    }],
  }])
})

test.each([['Content-Length: 100000', '', ''], ['Transfer-Encoding: chunked', '186a0\r\n', '\r\n0\r\n\r\n']])(
  'a long body comes out with its first 64 KiB (%s)', (header, before, behind) => {
    const session = httpWire.open()
    const stream = `POST /a HTTP/1.1\r\n${header}\r\n\r\n${before}${'é'.repeat(50_000)}${behind}`
    const bytes = Buffer.from(stream)
    const units: Unit[] = []
    for (let at = 0; at < bytes.length; at += 20_000) units.push(...session.request(bytes.subarray(at, at + 20_000)))
    expect(textOf(units)).toBe(stream)
    expect(units.map((unit) => unit.op)).toEqual(units.map(() => 1))
    expect(units.filter((unit) => unit.starts !== undefined)).toHaveLength(1)
    expect(units[0]?.starts?.values[0]).toHaveLength(32 * 1024)
    expect(units.length).toBeGreaterThan(1)
  })

test('a request with Expect: 100-continue comes out before its body', () => {
  const session = httpWire.open()
  const [unit] = request(session, 'POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
  expect(unit?.starts?.values).toEqual(['/a'])
  expect(reply(session, 'HTTP/1.1 100 Continue\r\n\r\n')).toEqual([
    { bytes: Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), op: 1 },
  ])
  expect(request(session, 'ok')).toEqual([{ bytes: Buffer.from('ok'), op: 1 }])
})

test.each([
  ['204 No Content', 'Content-Length: 5\r\n', 'ok'], ['304 Not Modified', 'Content-Length: 5\r\n', 'ok'],
  ['404 Not Found', 'Content-Length: 0\r\n', 'failed'], ['503 Busy', 'Content-Length: 0\r\n', 'indeterminate'],
  ['302 Found', 'Content-Length: 0\r\n', 'ok'],
])('%s ends its call with its head', (status, headers, outcome) => {
  const session = httpWire.open()
  request(session, 'PUT /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n')
  const [unit] = reply(session, `HTTP/1.1 ${status}\r\n${headers}\r\n`)
  expect(unit?.ends).toEqual([{ op: 1, outcome, detail: status.slice(0, 3) }])
})

test('an offered upgrade that the server ignores stays HTTP, with a chunked body too', () => {
  const session = httpWire.open()
  const head = 'POST /a HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n'
  const body = '3\r\no-1\r\n0\r\n\r\n'
  const units = request(session, `${head}Transfer-Encoding: chunked\r\n\r\n${body}GET /b HTTP/1.1\r\n\r\n`)
  expect(units.map((unit) => unit.starts?.values)).toEqual([['o-1', '/a'], ['/b']])
  const answers = reply(session, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'.repeat(2))
  expect(answers.flatMap((unit) => unit.ends ?? []).map((end) => end.op)).toEqual([1, 2])
})

test('CONNECT that is granted is a tunnel', () => {
  const session = httpWire.open()
  expect(request(session, 'CONNECT psp:443 HTTP/1.1\r\n\r\n')[0]?.starts?.kind).toBe('CONNECT')
  expect(reply(session, 'HTTP/1.1 200 OK\r\n\r\n\x16\x03')).toHaveLength(2)
  expect(request(session, '\x16\x03')[0]?.facts?.[0]).toMatchObject({ type: 'unknown', mayChangeState: true })
  expect(request(session, '\x16\x03')[0]?.facts).toBeUndefined()
})

test('an answer that nobody asked for is told', () => {
  const session = httpWire.open()
  const [unit] = reply(session, 'HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n')
  expect(unit?.facts?.[0]).toMatchObject({ type: 'unknown', mayChangeState: false })
})

test.each([
  ['TLS', Buffer.from([0x16, 3, 1])], ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['a head without an end', Buffer.alloc(200_000, 'a')],
])('%s is refused', (_, bytes) => {
  expect(() => httpWire.open().request(bytes)).toThrow(WireError)
})

const charge: OperationStart = { op: 1, kind: 'POST', text: '/a', reads: false, oneWay: false, values: [] }

test('the repeat is the request once more and is over with its response', () => {
  const bytes = Buffer.from('POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n')
  const repeat = httpWire.plantRepeat?.(bytes, charge)
  const answer = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok'
  expect(repeat?.bytes).toEqual(bytes)
  expect(repeat?.done(Buffer.from(answer.slice(0, -1)))).toBeUndefined()
  expect(repeat?.done(Buffer.from(answer))).toBe('ok')
  expect(repeat?.done(Buffer.from('HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n'))).toBe('indeterminate')
})
