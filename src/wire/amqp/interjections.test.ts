/** What the harness says in the subject's place: the proof of one-way operations, and a publish once more. */
import { describe, expect, test } from 'vitest'
import type { OperationStart } from '../../model/wire.ts'
import { decodeMethod } from './frames.ts'
import { content, method } from './testing.ts'
import { amqpWire } from './wire.ts'

const ack = { bytes: method(3, 'basic.ack', { deliveryTag: 7 }), op: 1 }

describe('the proof of one-way operations', () => {
  const proof = amqpWire.proveOneWay?.(ack)
  const closeOk = method(3, 'channel.close-ok')
  const delivery = Buffer.concat([method(3, 'basic.deliver', { deliveryTag: 8 }), ...content(3, 'm')])

  test('closes the channel of the unit with code 200', () => {
    expect(proof?.bytes.readUInt16BE(1)).toBe(3)
    const close = decodeMethod(proof?.bytes.subarray(7, -1) ?? Buffer.alloc(0))
    expect(close).toMatchObject({ spec: { name: 'channel.close' }, args: { replyCode: 200, classId: 0, methodId: 0 } })
  })

  test('is done with close-ok of that channel, whatever comes before it', () => {
    const other = method(2, 'channel.close-ok')
    const reply = Buffer.concat([delivery, other, method(2, 'channel.close'), closeOk])
    for (let length = 0; length < reply.length; length += 1) {
      expect(proof?.done(reply.subarray(0, length))).toBeUndefined()
    }
    expect(proof?.done(reply)).toBe('ok')
  })

  test.each(['channel.close', 'connection.close'])('proves nothing when %s comes instead', (name) => {
    const close = method(name === 'channel.close' ? 3 : 0, name, { replyCode: 406 })
    expect(proof?.done(Buffer.concat([delivery, close, closeOk]))).toBe('indeterminate')
  })

  test('finds close-ok behind the rest of a frame that was half read before', () => {
    const reply = Buffer.concat([delivery.subarray(11), closeOk])
    expect(proof?.done(reply.subarray(0, -1))).toBeUndefined()
    expect(proof?.done(reply)).toBe('ok')
  })
})

describe('the publish once more', () => {
  const start: OperationStart = {
    op: 1, kind: 'basic.publish', text: '/k', reads: false, oneWay: true, values: [],
  }
  const frames = Buffer.concat([method(1, 'basic.publish', { routingKey: 'k' }), ...content(1, 'm')])

  test('is the same frames, and done at once', () => {
    const repeat = amqpWire.plantRepeat?.(frames, start)
    expect(repeat?.bytes).toEqual(frames)
    expect(repeat?.done(Buffer.alloc(0))).toBe('ok')
  })

  test('is not possible in confirm mode, nor for anything else', () => {
    expect(amqpWire.plantRepeat?.(frames, { ...start, oneWay: false })).toBeUndefined()
    expect(amqpWire.plantRepeat?.(ack.bytes, { ...start, kind: 'basic.ack' })).toBeUndefined()
  })
})

describe('the publish that ends up nowhere', () => {
  const start: OperationStart = {
    op: 1, kind: 'basic.publish', text: '/k', reads: false, oneWay: false, values: [],
  }
  const body = content(1, 'm')
  const frames = Buffer.concat([method(1, 'basic.publish', { routingKey: 'k', mandatory: true }), ...body])
  const planted = amqpWire.plantLoss?.(frames, start)

  test('is the same content under a key that nothing is bound to, and not mandatory', () => {
    const request = planted?.request ?? Buffer.alloc(0)
    const rest = Buffer.concat(body)
    expect(request.subarray(-rest.length)).toEqual(rest)
    expect(decodeMethod(request.subarray(7, request.length - rest.length - 1))).toMatchObject({
      spec: { name: 'basic.publish' }, args: { exchange: '', routingKey: 'onceproof.nowhere', mandatory: false },
    })
  })

  test('is over with the confirm of its channel, which the subject gets as it is', () => {
    const confirm = method(1, 'basic.ack', { deliveryTag: 1 })
    expect(planted?.complete(method(2, 'basic.ack', { deliveryTag: 1 }))).toBe(false)
    expect(planted?.complete(confirm)).toBe(true)
    expect(planted?.answer(confirm)).toEqual(confirm)
  })

  test('needs the whole publish, and is no other operation', () => {
    expect(amqpWire.plantLoss?.(frames.subarray(0, -1), start)).toBeUndefined()
    expect(amqpWire.plantLoss?.(ack.bytes, { ...start, kind: 'basic.ack' })).toBeUndefined()
  })
})
