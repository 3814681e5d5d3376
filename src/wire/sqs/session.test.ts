/** SQS by hand: what no capture shows. Batches, retries of the SDK, parked polls, calls that can't be read. */
import { expect, test } from 'vitest'
import { WireError } from '../../lib/errors.ts'
import { queueLabel } from './queue-label.ts'
import { answer, endLines, factLines, formCall, jsonCall, queueUrl, startOf } from './testing.ts'
import { sqsWire, sqsWireOf } from './wire.ts'

const long = 'h'.repeat(200)

test.each([
  ['onceproof-c1-orders.fifo', 'orders.fifo'], ['onceproof-c1-my-orders', 'my-orders'], ['orders', 'orders'],
])('%s is called %s', (name, label) => {
  expect(queueLabel(name)).toBe(label)
})

test('a poll is housekeeping; the first one says that the subject takes messages', () => {
  const session = sqsWire.open()
  const poll = jsonCall('ReceiveMessage', { QueueUrl: queueUrl, WaitTimeSeconds: 20 })
  const [unit] = session.request(poll)
  expect(unit).toMatchObject({
    op: 1, starts: { kind: 'ReceiveMessage', text: 'orders.fifo', handshake: true, reads: false, oneWay: false },
  })
  expect(unit?.facts).toEqual([{ type: 'consuming', lane: 'orders.fifo' }])
  expect(endLines(session.reply(answer({})))).toEqual(['1 ok 200'])
  expect(session.request(poll)[0]?.facts).toBeUndefined()
})

test('an answer is withheld until it is whole', () => {
  const session = sqsWire.open()
  session.request(jsonCall('DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle: 'a' }))
  const bytes = answer({})
  expect(session.reply(bytes.subarray(0, 30))).toEqual([])
  const units = session.reply(bytes.subarray(30))
  expect(Buffer.concat(units.map((unit) => unit.bytes))).toEqual(bytes)
  expect(factLines(units)).toEqual(['settled a ack'])
})

test('an answer that breaks off is told and never handed on', () => {
  const session = sqsWire.open()
  session.request(jsonCall('DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle: 'a' }))
  session.reply(answer({}).subarray(0, 30))
  expect(session.close()[0]?.facts?.[0]).toMatchObject({
    type: 'unknown', detail: 'the connection ended inside a response that was not forwarded', mayChangeState: false,
  })
})

test('a message that comes again ends the claim of its older handle', () => {
  const session = sqsWire.open()
  const poll = jsonCall('ReceiveMessage', { QueueUrl: queueUrl })
  const message = { MessageId: 'i-1', Body: 'b' }
  session.request(poll)
  expect(factLines(session.reply(answer({ Messages: [{ ...message, ReceiptHandle: 'a' }] }))))
    .toEqual(['delivered a i-1 new', 'lease a held'])
  session.request(poll)
  expect(factLines(session.reply(answer({ Messages: [{ ...message, ReceiptHandle: 'b' }] }))))
    .toEqual(['lease a over', 'delivered b i-1 again', 'lease b held'])
  session.request(jsonCall('DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle: 'a' }))
  expect(factLines(session.reply(answer({})))).toEqual(['settled a ack'])
})

test.each([['1', false], ['2', true]])('%s deliveries by the server\'s count: redelivered %s', (count, redelivered) => {
  const session = sqsWire.open()
  session.request(jsonCall('ReceiveMessage', { QueueUrl: queueUrl }))
  const units = session.reply(answer({
    Messages: [{ MessageId: 'i', ReceiptHandle: long, Body: 'b', Attributes: { ApproximateReceiveCount: count } }],
  }))
  const delivery: unknown = expect.stringMatching(/^.{16}$/)
  expect(units[0]?.facts?.[0]).toMatchObject({ type: 'delivered', redelivered, delivery })
  expect(units[0]?.facts?.[1]).toMatchObject({
    type: 'lease', lease: { kind: 'visibility', values: { queueUrl, handle: long, messageId: 'i' } }, held: true,
  })
})

test('the producer\'s id: from the attribute, else from what it knows of the server\'s id, else that one', () => {
  const received: string[] = []
  const session = sqsWireOf({
    idOf: ({ messageId }) => (messageId === 'known' ? 'm-2' : undefined),
    received: ({ handle }) => received.push(handle),
  }).open()
  session.request(jsonCall('ReceiveMessage', { QueueUrl: queueUrl }))
  const attributes = { 'message-id': { DataType: 'String', StringValue: 'm-1' }, raw: { DataType: 'Binary' } }
  const units = session.reply(answer({
    Messages: [
      { MessageId: 'known', ReceiptHandle: 'a', Body: '', MessageAttributes: attributes },
      { MessageId: 'known', ReceiptHandle: 'b', Body: '' }, { MessageId: 'other', ReceiptHandle: 'c', Body: '' },
    ],
  }))
  expect(factLines(units).filter((line) => line.startsWith('delivered')))
    .toEqual(['delivered a m-1 new', 'delivered b m-2 again', 'delivered c other new'])
  expect(received).toEqual(['a', 'b', 'c'])
})

test('of a batch each entry ends as the answer says; all failed is a failure', () => {
  const session = sqsWire.open()
  const entries = ['a', 'b'].map((handle, i) => ({ Id: `${i}`, ReceiptHandle: handle, VisibilityTimeout: 0 }))
  const call = jsonCall('ChangeMessageVisibilityBatch', { QueueUrl: queueUrl, Entries: entries })
  expect(startOf(session, call)).toMatchObject({ text: 'orders.fifo visible at once', deliveries: ['a', 'b'] })
  const some = session.reply(answer({ Failed: [{ Id: '0', Code: 'x' }] }))
  expect([...factLines(some), ...endLines(some)]).toEqual(['settled b requeue', '1 ok 200 1 of 2 entries failed'])
  session.request(call)
  const all = session.reply(answer({ Failed: [{ Id: '0' }, { Id: '1' }] }))
  expect([...factLines(all), ...endLines(all)]).toEqual(['2 failed 200 2 of 2 entries failed'])
})

test('what was refused settles nothing; what failed at the server is open', () => {
  const session = sqsWire.open()
  const call = jsonCall('DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle: 'a' })
  for (const [status, body, end] of [
    ['400 Bad Request', { __type: 'com.amazonaws.sqs#ReceiptHandleIsInvalid' }, 'failed 400 ReceiptHandleIsInvalid'],
    ['500 Oh', { __type: 'InternalFailure' }, 'indeterminate 500 InternalFailure'],
    ['502 Bad Gateway', '<html>', 'indeterminate 502'],
  ] as const) {
    session.request(call)
    const units = session.reply(answer(body, status))
    expect(factLines(units)).toEqual([])
    expect(endLines(units)[0]?.replace(/^\d+ /, '')).toBe(end)
  }
})

test('a retry of the SDK is an operation of its own, and says so', () => {
  const session = sqsWire.open()
  const header = 'amz-sdk-request: attempt=2; max=3\r\n'
  const call = jsonCall('DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle: 'a' }, header)
  expect(startOf(session, call)).toMatchObject({ op: 1, kind: 'DeleteMessage', text: 'orders.fifo' })
  expect(endLines(session.reply(answer({})))).toEqual(['1 ok 200 attempt 2'])
})

test('an old client sends the call to its queue', () => {
  const session = sqsWire.open()
  const path = new URL(queueUrl).pathname
  const entry = 'DeleteMessageBatchRequestEntry'
  const call = formCall('DeleteMessageBatch', {
    [`${entry}.2.Id`]: 'y', [`${entry}.2.ReceiptHandle`]: 'b',
    [`${entry}.1.Id`]: 'x', [`${entry}.1.ReceiptHandle`]: 'a',
  }, path)
  expect(startOf(session, call)).toMatchObject({
    kind: 'DeleteMessageBatch', text: 'orders.fifo', deliveries: ['a', 'b'],
  })
  const failed = '<BatchResultErrorEntry><Id>x</Id><Code>c</Code></BatchResultErrorEntry>'
  const xml = `<?xml version="1.0"?><R xmlns="u"><DeleteMessageBatchResult>${failed}</DeleteMessageBatchResult></R>`
  expect(factLines(session.reply(answer(xml)))).toEqual(['settled b ack'])
})

test('what is no call of SQS is HTTP', () => {
  const session = sqsWire.open()
  const [unit] = session.request(Buffer.from('GET /_localstack/health HTTP/1.1\r\n\r\n'))
  expect(unit?.starts).toMatchObject({ kind: 'GET', text: '/_localstack/health', reads: true })
  expect(unit?.facts).toBeUndefined()
  expect(endLines(session.reply(answer({})))).toEqual(['1 ok 200'])
})

test.each([
  ['compressed', jsonCall('DeleteMessage', {}, 'content-encoding: gzip\r\n')],
  ['in another protocol', Buffer.from('POST /service/AmazonSQS/operation/DeleteMessage HTTP/1.1\r\n'
    + 'content-type: application/cbor\r\ncontent-length: 0\r\n\r\n')],
  ['not waited for', Buffer.from('POST / HTTP/1.1\r\nexpect: 100-continue\r\nx-amz-target: AmazonSQS.DeleteMessage\r\n'
    + 'content-length: 2\r\n\r\n')],
])('a call that is %s passes and is told', (_, bytes) => {
  const [unit] = sqsWire.open().request(bytes)
  expect(unit?.bytes).toEqual(bytes)
  expect(unit?.facts?.[0]).toMatchObject({ type: 'unknown', mayChangeState: true })
})

test('an answer that only the end of its connection ends passes as it comes, and is told', () => {
  const session = sqsWire.open()
  session.request(jsonCall('ReceiveMessage', { QueueUrl: queueUrl }))
  expect(session.reply(Buffer.from('HTTP/1.1 200 OK\r\n\r\n{"Mess'))).toHaveLength(1)
  const [unit] = session.close()
  expect(unit).toMatchObject({ op: 1, ends: [{ outcome: 'ok' }], facts: [{ type: 'unknown', mayChangeState: true }] })
})

test.each([
  ['a call that is no JSON', jsonCall('DeleteMessage', {}).toString().replace('{}', '{['), ''],
  ['an answer that is no JSON', jsonCall('DeleteMessage', {}).toString(), answer('nope').toString()],
  ['an answer whose XML breaks off', formCall('ListQueues', {}).toString(), answer('<a><b></a>').toString()],
])('%s is a WireError', (_, call, reply) => {
  const session = sqsWire.open()
  expect(() => {
    session.request(Buffer.from(call))
    session.reply(Buffer.from(reply))
  }).toThrow(WireError)
})
