/** Turns of an undecoded stream: where they begin, where they end, and that no byte is touched. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tcpWire } from './wire.ts'

const ping = Buffer.from('PING order-17\r\n')
const pong = Buffer.from('PONG\r\n')

test('a turn is what the client says until the server speaks', () => {
  const session = tcpWire.open()
  expect(session.request(ping)).toEqual([{
    bytes: ping, op: 1,
    starts: { op: 1, kind: 'turn', text: '', reads: false, oneWay: false, values: ['PING order-17\r\n'] },
  }])
  expect(session.request(ping)).toEqual([{ bytes: ping, op: 1 }])
  expect(session.reply(pong)).toEqual([{
    bytes: pong, op: 1, ends: [{ op: 1, outcome: 'indeterminate', detail: 'not decoded' }],
  }])
  expect(session.reply(pong)).toEqual([{ bytes: pong, op: 1 }])
  expect(session.request(ping)[0]?.starts?.op).toBe(2)
  expect(session.close()).toEqual([])
})

test('a banner belongs to no turn', () => {
  const session = tcpWire.open()
  expect(session.reply(pong)).toEqual([{ bytes: pong }])
  expect(session.request(ping)[0]?.starts?.op).toBe(1)
})

test('bytes that are no UTF-8 are still values', () => {
  const [unit] = tcpWire.open().request(Buffer.from([0xff, 0x41]))
  expect(unit?.starts?.values).toEqual(['\u00ffA'])
})

test('units joined are the stream, every turn starts and ends once', () => {
  const chunk = fc.record({ isRequest: fc.boolean(), bytes: fc.uint8Array({ maxLength: 9 }) })
  fc.assert(fc.property(fc.array(chunk), (chunks) => {
    const session = tcpWire.open()
    const started: number[] = []
    const ended: number[] = []
    for (const { isRequest, bytes } of chunks) {
      const sent = Buffer.from(bytes)
      const units = isRequest ? session.request(sent) : session.reply(sent)
      expect(Buffer.concat(units.map((unit) => unit.bytes))).toEqual(sent)
      for (const unit of units) {
        if (unit.starts !== undefined) started.push(unit.starts.op)
        for (const end of unit.ends ?? []) ended.push(end.op)
      }
    }
    expect(started).toEqual(started.map((_, index) => index + 1))
    expect(ended).toEqual(started.slice(0, ended.length))
    expect(started.length - ended.length).toBeLessThanOrEqual(1)
  }), { seed: 3 })
})
