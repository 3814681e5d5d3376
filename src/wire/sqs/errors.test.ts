/** Errors of SQS and plants in sends: what is forwarded, and what the subject is told, in both protocols. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { assert } from '../../lib/assert.ts'
import { wholeRequest } from '../http/whole-message.ts'
import { decodeCall, type SqsCall } from './call.ts'
import { answer, endLines, formCall, jsonCall, queueUrl, startOf } from './testing.ts'
import { sqsWire } from './wire.ts'

const protocols = [
  ['json', (action: string, fields: Record<string, string>) => jsonCall(action, { QueueUrl: queueUrl, ...fields })],
  ['query', (action: string, fields: Record<string, string>) => formCall(action, { QueueUrl: queueUrl, ...fields })],
] as const

const batches = [
  jsonCall('DeleteMessageBatch', { QueueUrl: queueUrl, Entries: [{ Id: 'x', ReceiptHandle: 'a' }] }),
  formCall('DeleteMessageBatch', {
    QueueUrl: queueUrl,
    'DeleteMessageBatchRequestEntry.1.Id': 'x', 'DeleteMessageBatchRequestEntry.1.ReceiptHandle': 'a',
  }),
]

function callIn(request: Buffer): SqsCall {
  const whole = wholeRequest(request)
  const call = whole === undefined ? undefined : decodeCall(whole.head, whole.body)
  assert(call !== undefined, 'the bytes are a call')
  return call
}

test.each(protocols)('%s: each error is one answer that says what the service would', (_, call) => {
  const request = call('DeleteMessage', { ReceiptHandle: 'a' })
  const names = sqsWire.errors?.(startOf(sqsWire.open(), request)) ?? []
  expect(names).toEqual(['RequestThrottled', 'ServiceUnavailable', 'InternalFailure', 'InternalFailure-done'])
  for (const name of names) {
    const session = sqsWire.open()
    const refusal = sqsWire.refuse?.(name, request, startOf(session, request))
    assert(refusal !== undefined, `${name} is possible`)
    const isDone = name.endsWith('-done')
    expect(refusal.request).toEqual(isDone ? request : undefined)
    expect(refusal.outcome(isDone ? answer({}) : Buffer.alloc(0))).toBe(isDone ? 'ok' : 'failed')
    expect(refusal.complete(answer({}))).toBe(true)
    const [end] = endLines(session.reply(refusal.answer(answer({}))))
    const code = name.replace('-done', '')
    const told = { RequestThrottled: '1 failed 400', ServiceUnavailable: '1 indeterminate 503' }[code]
    expect(end).toBe(`${told ?? '1 indeterminate 500'} ${code}`)
  }
})

test.each(batches)('every entry of a batch can fail while the call goes through', (request) => {
  const session = sqsWire.open()
  const start = startOf(session, request)
  expect(sqsWire.errors?.(start)).toContain('entries-InternalError')
  const refusal = sqsWire.refuse?.('entries-InternalError', request, start)
  assert(refusal !== undefined, 'a batch can fail in its entries')
  expect(refusal.request).toBeUndefined()
  expect(endLines(session.reply(refusal.answer(Buffer.alloc(0))))).toEqual(['1 failed 200 1 of 1 entries failed'])
})

test('what is no call of the service has none of its errors, and a question none that leaves it open', () => {
  const named = { op: 1, text: '', reads: false, oneWay: false, values: [] }
  const errorsOf = (kind: string): readonly string[] | undefined => sqsWire.errors?.({ ...named, kind })
  expect(errorsOf('POST')).toEqual([])
  expect(errorsOf('GetQueueUrl')).not.toContain('InternalFailure-done')
  const [, call] = protocols[0]
  const whole = call('DeleteMessage', { ReceiptHandle: 'a' })
  const start = startOf(sqsWire.open(), whole)
  expect(sqsWire.refuse?.('InternalFailure', whole.subarray(0, -1), start)).toBeUndefined()
  expect(sqsWire.refuse?.('entries-InternalError', whole, start)).toBeUndefined()
})

test.each(protocols)('%s: a lost send asks something of its queue, and its sender is told of success', (_, call) => {
  const body = '{"a":"<é>"}'
  const request = call('SendMessage', { MessageBody: body, MessageGroupId: 'g' })
  const session = sqsWire.open()
  const loss = sqsWire.plantLoss?.(request, startOf(session, request))
  assert(loss !== undefined, 'a send can be lost')
  expect(callIn(loss.request)).toMatchObject({ action: 'GetQueueAttributes', queueUrl, queue: 'orders.fifo' })
  expect(loss.complete(answer({}).subarray(0, -1))).toBe(false)
  const claimed = loss.answer(answer({}))
  expect(claimed.toString()).toContain(createHash('md5').update(body).digest('hex'))
  expect(claimed.toString()).toContain('SequenceNumber')
  expect(endLines(session.reply(claimed))).toEqual(['1 ok 200'])
  const refused = answer({}, '403 Forbidden')
  expect(loss.answer(refused)).toEqual(refused)
})

test.each(protocols)('%s: the repeat is another message for a queue that forgets repeats', (_, call) => {
  const request = call('SendMessage', { MessageBody: 'b', MessageGroupId: 'g', MessageDeduplicationId: 'd' })
  const repeat = sqsWire.plantRepeat?.(request, startOf(sqsWire.open(), request))
  assert(repeat !== undefined, 'a send can be repeated')
  const { fields } = callIn(repeat.bytes)
  expect(fields).toMatchObject({ MessageBody: 'b', MessageGroupId: 'g' })
  expect(fields['MessageDeduplicationId']).toMatch(/^[0-9a-f]{64}$/)
  expect(repeat.done(answer({}))).toBe('ok')
  expect(repeat.done(Buffer.alloc(0))).toBeUndefined()
  const plain = call('SendMessage', { MessageBody: 'b' })
  expect(callIn(sqsWire.plantRepeat?.(plain, startOf(sqsWire.open(), plain))?.bytes ?? plain).fields)
    .not.toHaveProperty('MessageDeduplicationId')
})

test('a batch is lost and repeated entry by entry', () => {
  const entries = ['x', 'y'].map((id) => ({ Id: id, MessageBody: id, MessageGroupId: 'g' }))
  const request = jsonCall('SendMessageBatch', { QueueUrl: queueUrl, Entries: entries })
  const session = sqsWire.open()
  const start = startOf(session, request)
  const repeat = sqsWire.plantRepeat?.(request, start)
  const ids = callIn(repeat?.bytes ?? request).entries.map((entry) => entry.values.at(-1))
  expect(new Set(ids).size).toBe(2)
  const claimed = sqsWire.plantLoss?.(request, start)?.answer(answer({}))
  expect(endLines(session.reply(claimed ?? Buffer.alloc(0)))).toEqual(['1 ok 200'])
  expect(claimed?.toString()).toContain('"Id":"y"')
})

test('nothing is planted in what sends nothing', () => {
  const request = jsonCall('DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle: 'a' })
  const start = startOf(sqsWire.open(), request)
  expect([sqsWire.plantLoss?.(request, start), sqsWire.plantRepeat?.(request, start)]).toEqual([undefined, undefined])
})
