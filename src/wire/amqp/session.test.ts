/** AMQP by hand: what captures show only in part. Confirms, noAck, transactions, closes, lanes, order, the unknown. */
import { beforeEach, describe, expect, test } from 'vitest'
import { WireError } from '../../lib/errors.ts'
import type { Fact, OperationEnd, Unit, WireSession } from '../../model/wire.ts'
import { encodeFrame, PROTOCOL_HEADER } from './frames.ts'
import { content, method } from './testing.ts'
import { amqpWire } from './wire.ts'

let session: WireSession = amqpWire.open()

beforeEach(() => {
  session = amqpWire.open()
  session.request(PROTOCOL_HEADER)
})

function sends(...frames: readonly Buffer[]): Unit[] {
  return session.request(Buffer.concat(frames))
}

function answers(...frames: readonly Buffer[]): Unit[] {
  return session.reply(Buffer.concat(frames))
}

function endsOf(units: readonly Unit[]): readonly OperationEnd[] {
  return units.flatMap((unit) => unit.ends ?? [])
}

function factsOf(units: readonly Unit[]): readonly Fact[] {
  return units.flatMap((unit) => unit.facts ?? [])
}

function settled(units: readonly Unit[]): string[] {
  return factsOf(units).flatMap((fact) => (fact.type === 'settled' ? [`${fact.how} ${fact.delivery}`] : []))
}

function delivers(channel: number, tag: number, consumerTag = 'c'): Unit[] {
  return answers(method(channel, 'basic.deliver', { consumerTag, deliveryTag: tag }), ...content(channel, `m${tag}`))
}

function consumes(channel: number, fields: Readonly<Record<string, unknown>> = {}): void {
  sends(method(channel, 'basic.consume', { queue: 'orders', consumerTag: 'c', ...fields }))
  answers(method(channel, 'basic.consume-ok', { consumerTag: 'c' }))
}

function publish(channel: number, body = 'x'): Buffer {
  return Buffer.concat([method(channel, 'basic.publish', { routingKey: 'k' }), ...content(channel, body)])
}

describe('publisher confirms', () => {
  beforeEach(() => {
    sends(method(1, 'confirm.select'))
    answers(method(1, 'confirm.select-ok'))
    sends(publish(1), publish(1), publish(1), publish(1))
  })

  test('multiple covers everything up to its tag that is still open', () => {
    expect(endsOf(answers(method(1, 'basic.ack', { deliveryTag: 2 }))).map((end) => end.op)).toEqual([3])
    const [unit] = answers(method(1, 'basic.ack', { deliveryTag: 3, multiple: true }))
    expect(unit?.op).toBe(4)
    expect(unit?.ends).toEqual([
      { op: 2, outcome: 'ok', detail: 'basic.ack' }, { op: 4, outcome: 'ok', detail: 'basic.ack' },
    ])
  })

  test('a nack has failed', () => {
    expect(endsOf(answers(method(1, 'basic.nack', { deliveryTag: 4, requeue: false })))).toEqual([
      { op: 5, outcome: 'failed', detail: 'basic.nack' },
    ])
  })

  test('tag 0 with multiple covers all', () => {
    expect(endsOf(answers(method(1, 'basic.ack', { deliveryTag: 0, multiple: true }))).map((end) => end.op))
      .toEqual([2, 3, 4, 5])
  })

  test('a confirm of nothing is told', () => {
    expect(factsOf(answers(method(1, 'basic.ack', { deliveryTag: 9 })))).toMatchObject([{ type: 'unknown' }])
  })

  test('when the channel closes under several, nobody knows which were done', () => {
    const close = { replyCode: 404, replyText: 'NOT_FOUND', classId: 60, methodId: 40 }
    const ends = endsOf(answers(method(1, 'channel.close', close)))
    expect(ends.map((end) => end.outcome)).toEqual(['indeterminate', 'indeterminate', 'indeterminate', 'indeterminate'])
  })

  test('other channels stay one-way', () => {
    const [first, last] = [sends(publish(2)).at(0), sends(publish(2)).at(-1)]
    expect(first?.starts?.oneWay).toBe(true)
    expect(last?.ends).toMatchObject([{ outcome: 'ok', detail: 'sent' }])
  })
})

describe('settlements', () => {
  test('multiple settles everything up to its tag, tag 0 all', () => {
    consumes(1)
    for (const tag of [1, 2, 3, 4, 5]) delivers(1, tag)
    expect(settled(sends(method(1, 'basic.ack', { deliveryTag: 2 })))).toEqual(['ack 1:2'])
    expect(settled(sends(method(1, 'basic.nack', { deliveryTag: 3, multiple: true, requeue: true }))))
      .toEqual(['requeue 1:1', 'requeue 1:3'])
    expect(settled(sends(method(1, 'basic.ack', { deliveryTag: 3 })))).toEqual([])
    expect(settled(sends(method(1, 'basic.ack', { deliveryTag: 0, multiple: true })))).toEqual(['ack 1:4', 'ack 1:5'])
  })

  test('reject without requeue discards', () => {
    consumes(1)
    delivers(1, 1)
    expect(settled(sends(method(1, 'basic.reject', { deliveryTag: 1, requeue: false })))).toEqual(['discard 1:1'])
  })

  test('noAck is settled by its delivery, with the last frame of it', () => {
    consumes(1, { noAck: true })
    const units = delivers(1, 1)
    expect(units.map((unit) => unit.facts?.length ?? 0)).toEqual([0, 0, 2])
    expect(settled(units)).toEqual(['auto 1:1'])
    expect(settled(sends(method(1, 'basic.ack', { deliveryTag: 0, multiple: true })))).toEqual([])
  })

  test('channels count for themselves', () => {
    consumes(1)
    consumes(2)
    delivers(1, 1)
    delivers(2, 1)
    expect(settled(sends(method(2, 'basic.ack', { deliveryTag: 1 })))).toEqual(['ack 2:1'])
  })

  test('a closed channel settles nothing, its successor has names of its own', () => {
    consumes(1)
    delivers(1, 1)
    sends(method(1, 'channel.close'))
    expect(factsOf(answers(method(1, 'channel.close-ok')))).toEqual([])
    sends(method(1, 'channel.open'))
    consumes(1)
    expect(factsOf(delivers(1, 1))).toMatchObject([{ type: 'delivered', delivery: '1.2:1' }])
  })

  test('recover gives everything back with its reply, recover-async at once', () => {
    consumes(1)
    delivers(1, 1)
    sends(method(1, 'basic.recover', { requeue: true }))
    expect(settled(answers(method(1, 'basic.recover-ok')))).toEqual(['requeue 1:1'])
    delivers(1, 2)
    expect(settled(sends(method(1, 'basic.recover-async', { requeue: true })))).toEqual(['requeue 1:2'])
  })
})

describe('transactions', () => {
  beforeEach(() => {
    consumes(1)
    sends(method(1, 'tx.select'))
    answers(method(1, 'tx.select-ok'))
    for (const tag of [1, 2, 3]) delivers(1, tag)
  })

  test('acks take effect with commit-ok, later ones belong to the next transaction', () => {
    expect(settled(sends(method(1, 'basic.ack', { deliveryTag: 2, multiple: true })))).toEqual([])
    sends(method(1, 'tx.commit'), method(1, 'basic.nack', { deliveryTag: 3, requeue: false }))
    expect(settled(answers(method(1, 'tx.commit-ok')))).toEqual(['ack 1:1', 'ack 1:2'])
    sends(method(1, 'tx.commit'))
    expect(settled(answers(method(1, 'tx.commit-ok')))).toEqual(['discard 1:3'])
  })

  test('a rollback leaves them unsettled, in their order', () => {
    sends(method(1, 'basic.ack', { deliveryTag: 2 }), method(1, 'tx.rollback'))
    expect(settled(answers(method(1, 'tx.rollback-ok')))).toEqual([])
    sends(method(1, 'basic.ack', { deliveryTag: 0, multiple: true }), method(1, 'tx.commit'))
    expect(settled(answers(method(1, 'tx.commit-ok')))).toEqual(['ack 1:1', 'ack 1:2', 'ack 1:3'])
  })
})

describe('lanes', () => {
  test('a server-named consumer tag and the last declared queue', () => {
    sends(method(1, 'queue.declare', { queue: '' }))
    answers(method(1, 'queue.declare-ok', { queue: 'amq.gen-abc' }))
    const [unit] = sends(method(1, 'basic.consume', { queue: '', consumerTag: '' }))
    expect(unit?.starts?.text).toBe('*')
    expect(factsOf(answers(method(1, 'basic.consume-ok', { consumerTag: 'amq.ctag-1' }))))
      .toEqual([{ type: 'consuming', lane: 'amq.gen-abc' }])
    expect(factsOf(delivers(1, 1, 'amq.ctag-1'))).toMatchObject([{ lane: 'amq.gen-abc' }])
  })

  test('nowait consumes with its request', () => {
    const [unit] = sends(method(1, 'basic.consume', { queue: 'orders', consumerTag: 'c', nowait: true }))
    expect(unit).toMatchObject({
      starts: { oneWay: true, text: 'orders' }, facts: [{ type: 'consuming', lane: 'orders' }],
      ends: [{ outcome: 'ok' }],
    })
    expect(factsOf(delivers(1, 1))).toMatchObject([{ lane: 'orders' }])
  })
})

describe('the server closes', () => {
  const close = { replyCode: 406, replyText: 'PRECONDITION_FAILED', classId: 50, methodId: 10 }

  test('a channel: what waits there has failed, other channels go on', () => {
    sends(method(1, 'queue.declare', { queue: 'a' }), method(2, 'queue.declare', { queue: 'b' }))
    expect(endsOf(answers(method(1, 'channel.close', close)))).toEqual([
      { op: 1, outcome: 'failed', detail: '406 PRECONDITION_FAILED' },
    ])
    expect(endsOf(answers(method(2, 'queue.declare-ok', { queue: 'b' })))).toMatchObject([{ op: 2, outcome: 'ok' }])
  })

  test('what is sent on a closed channel is never looked at', () => {
    consumes(1)
    delivers(1, 1)
    answers(method(1, 'channel.close', close))
    const [unit] = sends(method(1, 'basic.ack', { deliveryTag: 1 }))
    expect(unit).toMatchObject({ ends: [{ outcome: 'failed', detail: '406 PRECONDITION_FAILED' }] })
    expect(unit?.facts).toBeUndefined()
    expect(sends(method(1, 'tx.select'))).toMatchObject([{ starts: { oneWay: true }, ends: [{ outcome: 'failed' }] }])
    expect(endsOf(sends(publish(1)))).toMatchObject([{ outcome: 'failed' }])
  })

  test('both close at once: the client is still answered', () => {
    sends(method(1, 'channel.close'))
    expect(endsOf(answers(method(1, 'channel.close', close)))).toEqual([])
    sends(method(1, 'channel.close-ok'))
    expect(endsOf(answers(method(1, 'channel.close-ok')))).toMatchObject([{ op: 1, outcome: 'ok' }])
  })

  test('the connection: only what it names has surely failed', () => {
    sends(method(1, 'queue.declare', { queue: 'a' }), method(2, 'tx.commit'))
    expect(endsOf(answers(method(0, 'connection.close', close))).map((end) => end.outcome))
      .toEqual(['failed', 'indeterminate'])
  })

  test('a refused login has failed', () => {
    sends(method(0, 'connection.start-ok'))
    const refused = { replyCode: 403, replyText: 'ACCESS_REFUSED' }
    expect(endsOf(answers(method(0, 'connection.close', refused)))).toMatchObject([{ op: 1, outcome: 'failed' }])
  })

  test('a commit that breaks is open', () => {
    sends(method(1, 'tx.commit'))
    const broken = { replyCode: 541, replyText: 'INTERNAL_ERROR', classId: 90, methodId: 20 }
    expect(endsOf(answers(method(1, 'channel.close', broken)))).toMatchObject([{ outcome: 'indeterminate' }])
  })
})

describe('order of frames', () => {
  test('a publish comes out whole, and what other channels send between comes behind its place', () => {
    const [header, body] = content(1, 'order o-1', { messageId: 'm-1', headers: { tenant: 't-9' } })
    expect(sends(method(1, 'basic.publish', { routingKey: 'k' }))).toEqual([])
    expect(sends(method(2, 'basic.ack', { deliveryTag: 1 }), header ?? Buffer.alloc(0))).toEqual([])
    const units = sends(body ?? Buffer.alloc(0))
    expect(units.map((unit) => unit.op)).toEqual([1, 2, 1, 1])
    expect(units[0]?.starts?.values).toEqual(['order o-1', 'm-1', 't-9', 'k'])
    expect(units[3]?.ends).toEqual([{ op: 1, outcome: 'ok', detail: 'sent' }])
  })

  test('the frames of basic.get-ok belong to basic.get and end it with their last', () => {
    sends(method(1, 'basic.get', { queue: 'orders', noAck: true }))
    const units = answers(method(1, 'basic.get-ok', { deliveryTag: 1, redelivered: true }), ...content(1, 'm'))
    expect(units.map((unit) => unit.op)).toEqual([1, 1, 1])
    expect(units.map((unit) => unit.ends?.length ?? 0)).toEqual([0, 0, 1])
    expect(factsOf(units)).toMatchObject([
      { type: 'consuming' }, { type: 'delivered', redelivered: true, lane: 'orders' }, { how: 'auto' },
    ])
  })

  test('half a publish at the end is unknown and changed nothing', () => {
    const bytes = Buffer.concat([method(1, 'basic.publish', { routingKey: 'k' }), Buffer.from([2, 0])])
    expect(sends(bytes)).toEqual([])
    expect(session.close()).toMatchObject([{ bytes, facts: [{ type: 'unknown', mayChangeState: false }] }])
    expect(session.close()).toEqual([])
  })
})

describe('known, and no operation', () => {
  test.each([
    ['connection.blocked', { reason: 'memory' }], ['connection.unblocked', {}],
    ['basic.cancel', { consumerTag: 'c', nowait: true }],
  ])('%s', (name, fields) => {
    const [unit, ...more] = answers(method(name === 'basic.cancel' ? 1 : 0, name, fields))
    expect(Object.keys(unit ?? {})).toEqual(['bytes'])
    expect(more).toEqual([])
  })

  test('a returned message', () => {
    const units = answers(method(1, 'basic.return', { replyCode: 312 }), ...content(1, 'm'))
    expect(units.map((unit) => Object.keys(unit))).toEqual([['bytes'], ['bytes'], ['bytes']])
  })

  test('update-secret is secret', () => {
    const [unit] = sends(method(0, 'connection.update-secret', { newSecret: Buffer.from('token'), reason: 'r' }))
    expect(unit).toMatchObject({ secret: true, starts: { reads: true, values: [] } })
  })
})

describe('the unknown and the undecodable', () => {
  const strange = Buffer.from([0, 60, 0, 99, 1, 2])

  test('an unknown method passes with its content, and may change state', () => {
    const units = sends(encodeFrame(1, 1, strange), ...content(1, 'x'), method(1, 'basic.ack', { deliveryTag: 1 }))
    expect(factsOf(units)).toEqual([
      { type: 'unknown', detail: 'method 60.99', mayChangeState: true },
      { type: 'unknown', detail: 'content of an unknown method', mayChangeState: true },
      { type: 'unknown', detail: 'content of an unknown method', mayChangeState: true },
    ])
    expect(units[3]?.starts?.kind).toBe('basic.ack')
    expect(factsOf(answers(encodeFrame(1, 1, strange)))).toMatchObject([{ type: 'unknown', mayChangeState: true }])
  })

  test('so does an unknown frame type, and a method from the wrong side', () => {
    const units = sends(encodeFrame(4, 0, Buffer.from('oob')), method(1, 'basic.deliver', { deliveryTag: 1 }))
    expect(factsOf(units)).toEqual([
      { type: 'unknown', detail: 'a frame of type 4', mayChangeState: true },
      { type: 'unknown', detail: 'basic.deliver from the wrong side', mayChangeState: true },
    ])
  })

  test('a server of another version says so and the stream stays whole', () => {
    const header = Buffer.from('AMQP\0\0\x09\0')
    expect(answers(header)).toMatchObject([{ bytes: header, facts: [{ type: 'unknown', mayChangeState: false }] }])
  })

  const badEnd = Buffer.from(method(1, 'basic.qos', {}))
  badEnd[badEnd.length - 1] = 0
  test.each([
    ['a wrong frame end', badEnd],
    ['an absurd size', Buffer.from([1, 0, 1, 0x08, 0, 0, 1])],
    ['arguments that are too short', encodeFrame(1, 1, Buffer.from([0, 60, 0, 80, 0]))],
    ['arguments that are too long', encodeFrame(1, 1, Buffer.from([0, 60, 0, 11, 0]))],
    ['a method id that is cut', encodeFrame(1, 1, Buffer.from([0, 60]))],
    ['a body that nothing announced', encodeFrame(3, 1, Buffer.from('x'))],
    ['a method inside content', Buffer.concat([method(1, 'basic.publish', {}), method(1, 'basic.qos', {})])],
    ['a body before its header', Buffer.concat([method(1, 'basic.publish', {}), encodeFrame(3, 1, Buffer.from('x'))])],
    ['too much body', Buffer.concat([
      method(1, 'basic.publish', {}), ...content(1, 'ab').slice(0, 1), encodeFrame(3, 1, Buffer.from('abc')),
    ])],
  ])('%s is a WireError', (_, bytes) => {
    expect(() => sends(bytes)).toThrow(WireError)
  })

  test('tables without a bottom are a WireError, not the end of our stack', () => {
    const declare = Buffer.concat([Buffer.from([0, 50, 0, 10, 0, 0, 0, 0]), bottomless(20_000)])
    expect(() => sends(encodeFrame(1, 1, declare))).toThrow('nested too deeply')
  })

  test.each([['TLS', [0x16, 3, 1]], ['AMQP 1.0', [...Buffer.from('AMQP\0\x01\0\0')]]])('%s is refused', (_, bytes) => {
    expect(() => amqpWire.open().request(Buffer.from(bytes))).toThrow(WireError)
  })
})

/** Arrays in arrays, in a table. */
function bottomless(depth: number): Buffer {
  const parts = [Buffer.from([0x7f, 0xff, 0xff, 0xff]), Buffer.from([1, 0x61])]
  const bytes = Buffer.alloc(depth * 5)
  for (let level = 0; level < depth; level += 1) {
    bytes.write('A', level * 5)
    bytes.writeUInt32BE((depth - level - 1) * 5, level * 5 + 1)
  }
  parts[0]?.writeUInt32BE(2 + bytes.length)
  return Buffer.concat([...parts, bytes])
}
