/**
 * Errors in the server's place, against what a real server (PostgreSQL 15) answered to exactly these bytes, and against
 * a server of a few lines that knows only which message is answered by which.
 *
 * The fixture holds the subject's request (node-pg), how the decoder named it, and the server's whole answer to what
 * was sent instead. What the tables held then is checked by the integration test of the tap.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { serialize } from 'pg-protocol'
import { Parser } from 'pg-protocol/dist/parser.js'
import { expect, test } from 'vitest'
import { assert } from '../../lib/assert.ts'
import type { OperationStart, Refusal } from '../../model/wire.ts'
import { errorsOf, refuse } from './errors.ts'
import { BodyReader, decodeError, encodeError, encodeMessage, splitMessages } from './messages.ts'
import { say } from './testing.ts'
import { postgresWire } from './wire.ts'

interface Refused {
  readonly name: string
  readonly error: string
  readonly start: OperationStart
  readonly request: Buffer
  readonly reply: Buffer
}

function parseRefused(): Refused[] {
  const file = readFileSync(join(import.meta.dirname, 'fixtures', 'refused', 'refused.json'), 'utf8')
  const all = JSON.parse(file) as (Omit<Refused, 'request' | 'reply'> & { request: string; reply: string })[]
  return all.map((one) => ({
    ...one, request: Buffer.from(one.request, 'base64'), reply: Buffer.from(one.reply, 'base64'),
  }))
}

const captured = parseRefused()

function refusalOf(name: string, request: Buffer, start: OperationStart): Refusal {
  const refusal = refuse(name, request, start)
  assert(refusal !== undefined, `${start.kind} can be refused with ${name}`)
  return refusal
}

function capturedAs(name: string): Refused & { readonly refusal: Refusal } {
  const found = captured.find((one) => one.name === name)
  assert(found !== undefined, `there is a fixture named ${name}`)
  return { ...found, refusal: refusalOf(found.error, found.request, found.start) }
}

function startOf(kind: string, parts: Partial<OperationStart> = {}): OperationStart {
  return { op: 1, kind, text: '', reads: false, oneWay: false, values: [], ...parts }
}

/** Codes of the errors in an answer, as the client's own library reads them; every other message by its name. */
function read(answer: Buffer): string[] {
  const names: string[] = []
  new Parser().parse(answer, (message) => {
    names.push(message.name === 'error' && 'code' in message ? `error ${String(message.code)}` : message.name)
  })
  return names
}

const OWN = 'P(onceproof_refusal|DO)'

/** Our own statement without its text. */
function sentAs(request: Buffer): string {
  return say(request).replaceAll(/(Q\(|onceproof_refusal\|)DO [^)]*\$\$\)/g, '$1DO)')
}

test.each([
  ['simple auto', '40P01', 'Q(DO)', 'E ZI'],
  ['unnamed auto', '40P01',
    `P(|insert into orders (id) values ($1)) B(|) D C(Sonceproof_refusal) ${OWN} B(|onceproof_refusal) E S`
    + ' C(Sonceproof_refusal) S', '1 2 n E ZI'],
  ['named auto, first', '40P01',
    `P(add|insert into orders (id) values ($1)) B(|add) D C(Sonceproof_refusal) ${OWN} B(|onceproof_refusal) E S`
    + ' C(Sonceproof_refusal) S', '1 2 n E ZI'],
  ['named auto, again', '40P01',
    `B(|add) D C(Sonceproof_refusal) ${OWN} B(|onceproof_refusal) E S C(Sonceproof_refusal) S`, '2 n E ZI'],
  ['named inside', '40P01',
    `P(pay|update orders set paid = $1 where id = $2) B(|pay) D C(Sonceproof_refusal) ${OWN} B(|onceproof_refusal) E S`
    + ' C(Sonceproof_refusal) S', '1 2 n E ZE'],
  ['for update', '40P01',
    `P(|select * from orders where id = $1 for update) B(|) D C(Sonceproof_refusal) ${OWN} B(|onceproof_refusal) E S`
    + ' C(Sonceproof_refusal) S', '1 2 T E ZE'],
  ['several statements', '40P01', 'Q(DO)', 'E ZI'],
  ['simple inside', '40001', 'Q(DO)', 'E ZE'],
  ['simple commit', '40001', 'Q(ROLLBACK)', 'E ZI'],
  ['named commit', '40001',
    'P(commit|commit) P(onceproof_rollback|ROLLBACK) B(|onceproof_rollback) D E C(Sonceproof_rollback) S',
    '1 2 n E ZI'],
])('%s: %s', (name, error, sent, answered) => {
  const { refusal, reply, request } = capturedAs(name)
  expect(sentAs(refusal.request ?? Buffer.alloc(0))).toBe(sent)
  const answer = refusal.answer(reply)
  expect(say(answer)).toBe(answered)
  expect(read(answer).filter((one) => one.startsWith('error'))).toEqual([`error ${error}`])
  expect(refusal).toMatchObject({ closes: false })
  expect(refusal.outcome(reply)).toBe('failed')
  for (let end = 0; end < reply.length; end += 1) expect(refusal.complete(reply.subarray(0, end))).toBe(false)
  expect(refusal.complete(reply)).toBe(true)
  expect(heard(request, answer)).toEqual([`failed ${error}`])
})

/** What the decoder, which has read the request, makes of the answer. */
function heard(request: Buffer, answer: Buffer): string[] {
  const session = postgresWire.open()
  session.request(serialize.startup({ user: 'u', database: 'd' }))
  session.reply(Buffer.concat([encodeMessage('R', Buffer.alloc(4)), encodeMessage('Z', Buffer.from('I'))]))
  session.request(request)
  const units = session.reply(answer)
  expect(units.flatMap((unit) => unit.facts ?? [])).toEqual([])
  return units.flatMap((unit) => unit.ends ?? []).map((end) => `${end.outcome} ${end.detail}`)
}

test.each([
  ['done auto', 'ok'], ['done commit', 'ok'], ['done and refused', 'failed'],
])('57P01-done, %s: the server gets all of it, the subject the end', (name, outcome) => {
  const { refusal, request, reply } = capturedAs(name)
  expect(refusal.request).toEqual(request)
  for (let end = 0; end < reply.length; end += 1) expect(refusal.complete(reply.subarray(0, end))).toBe(false)
  expect(refusal.complete(reply)).toBe(true)
  expect(refusal.outcome(reply)).toBe(outcome)
  expect(refusal.closes).toBe(true)
  expect(read(refusal.answer(reply))).toEqual(['error 57P01'])
  expect(decodeError(splitMessages(refusal.answer(reply))[0] ?? { kind: '', bytes: reply, body: reply }).severity)
    .toBe('FATAL')
})

test('57P01-done of a COMMIT that the server refused is not said to be done', () => {
  const { refusal } = capturedAs('done commit')
  const reply = Buffer.concat([encodeMessage('C', Buffer.from('ROLLBACK\0')), encodeMessage('Z', Buffer.from('I'))])
  expect(refusal.outcome(reply)).toBe('failed')
})

test.each([
  ['57P01-lost', startOf('INSERT', { transaction: 'auto' })], ['57P01', startOf('INSERT', { transaction: 'inside' })],
  ['57P01', startOf('SELECT', { transaction: 'auto', reads: true })], ['57P01', startOf('PREPARE', { reads: true })],
])('%s: the server never hears of it', (name, start) => {
  // Nothing is sent, so the request need not be whole.
  const refusal = refusalOf(name, serialize.parse({ text: 'insert' }), start)
  expect(refusal.request).toBeUndefined()
  expect(refusal.closes).toBe(true)
  expect(read(refusal.answer(Buffer.alloc(0)))).toEqual(['error 57P01'])
  expect(refusal.outcome(Buffer.alloc(0))).toBe('failed')
})

test.each([
  [startOf('INSERT', { transaction: 'auto', errors: ['40P01'] }), ['40P01', '57P01-done', '57P01-lost']],
  [startOf('INSERT', { transaction: 'inside', errors: ['40P01'] }), ['40P01', '57P01']],
  [startOf('SELECT', { transaction: 'auto', reads: true }), ['57P01']],
  [startOf('COMMIT', { transaction: 'commit' }), ['57P01-done', '57P01-lost']],
  [startOf('COMMIT', { transaction: 'commit', errors: ['40001'] }), ['40001', '57P01-done', '57P01-lost']],
  [startOf('ROLLBACK', { transaction: 'rollback' }), ['57P01']],
  [startOf('COPY', { transaction: 'auto' }), []],
  [startOf('startup', { handshake: true, reads: true }), []],
  [startOf('CancelRequest', { oneWay: true, reads: true }), []],
])('%o can return %j', (start, errors) => {
  expect(errorsOf(start)).toEqual(errors)
})

const execution = [serialize.parse({ text: 'insert into t values (1)' }), serialize.bind({}), serialize.execute({})]
const contended = startOf('INSERT', { transaction: 'auto', errors: ['40P01'] })

test.each([
  ['not whole', execution],
  ['without a Sync', [...execution, serialize.flush()]],
  ['two executions', [...execution, ...execution, serialize.sync()]],
  ['cut inside a message', [Buffer.concat([...execution, serialize.sync()]).subarray(0, -2)]],
])('%s: no error that the server has to take part in', (_, request) => {
  for (const name of ['40P01', '57P01-done']) {
    expect(refuse(name, Buffer.concat(request), contended)).toBeUndefined()
  }
})

test('an error that the operation can\'t return is none', () => {
  const request = Buffer.concat([...execution, serialize.sync()])
  for (const name of ['40001', '57P01', 'nack', '23505']) expect(refuse(name, request, contended)).toBeUndefined()
})

/**
 * A server that knows only what answers what: Execute of our statement raises what its text says, every other
 * completes, and after an error nothing is answered up to the Sync. `failing`: this message fails by itself.
 */
function serve(request: Buffer, failing?: number): Buffer {
  const replies: Buffer[] = []
  let bound = ''
  let skipping = false
  splitMessages(request).forEach((message, index) => {
    const reader = new BodyReader(message)
    if (message.kind === 'S') {
      skipping = false
      replies.push(encodeMessage('Z', Buffer.from('I')))
    }
    if (skipping || message.kind === 'S') return
    if (message.kind === 'B') bound = [reader.string(), reader.string()][1] ?? ''
    const raises = message.kind === 'E' && bound === 'onceproof_refusal'
    if (index === failing || raises) {
      skipping = true
      const detail = raises ? { D: 'onceproof: raised in place of a statement' } : {}
      replies.push(encodeError({ S: 'ERROR', V: 'ERROR', C: raises ? '40P01' : '42601', M: 'x', ...detail }))
      return
    }
    const answers: Readonly<Record<string, Buffer>> = {
      P: encodeMessage('1', Buffer.alloc(0)), B: encodeMessage('2', Buffer.alloc(0)),
      C: encodeMessage('3', Buffer.alloc(0)), D: encodeMessage('n', Buffer.alloc(0)),
      E: encodeMessage('C', Buffer.from('INSERT 0 1\0')),
    }
    replies.push(answers[message.kind] ?? Buffer.alloc(0))
  })
  return Buffer.concat(replies)
}

const notice = encodeMessage('N', Buffer.from('SNOTICE\0Mx\0\0'))
const begun = Buffer.concat([
  encodeMessage('1', Buffer.alloc(0)), encodeMessage('2', Buffer.alloc(0)), encodeMessage('C', Buffer.from('BEGIN\0')),
])

test('whatever the request is made of, the answer is what its own messages ask for', () => {
  const message = fc.constantFrom('P', 'B', 'D', 'C')
  const made = fc.record({
    before: fc.array(message, { maxLength: 6 }), behind: fc.array(fc.constantFrom('D', 'C'), { maxLength: 2 }),
    failing: fc.option(fc.nat({ max: 5 }), { nil: undefined }), earlier: fc.boolean(), noticeAt: fc.nat(),
    rest: fc.boolean(),
  })
  const bytesOf = (kind: string): Buffer => ({
    P: serialize.parse({ name: 's', text: 'insert into t values (1)' }), B: serialize.bind({ statement: 's' }),
    D: serialize.describe({ type: 'P' }), C: serialize.close({ type: 'S', name: 'old' }),
  }[kind] ?? Buffer.alloc(0))
  fc.assert(fc.property(made, ({ before, behind, failing, earlier, noticeAt, rest }) => {
    const request = Buffer.concat([
      ...before.map(bytesOf), serialize.execute({}), ...behind.map(bytesOf), serialize.sync(),
    ])
    const broken = failing !== undefined && failing < before.length ? failing : undefined
    const refusal = refusalOf('40P01', request, contended)
    const answers = splitMessages(serve(refusal.request ?? Buffer.alloc(0), broken)).map((one) => one.bytes)
    answers.splice(noticeAt % (answers.length + 1), 0, notice)
    const half = rest ? notice.subarray(0, 7) : Buffer.alloc(0)
    const reply = Buffer.concat([...(earlier ? [begun] : []), ...answers, half])
    expect(refusal.complete(reply)).toBe(true)
    const answer = refusal.answer(reply)
    const expected = `${earlier ? '1 2 C(BEGIN) ' : ''}${say(serve(request, broken ?? before.length))}`
    expect(say(answer).split(' ').filter((kind) => kind !== 'N').join(' ')).toBe(expected)
    expect(say(answer).split(' ').filter((kind) => kind === 'N')).toHaveLength(1)
    expect(answer.subarray(answer.length - half.length)).toEqual(half)
    expect(read(answer)).toContain(broken === undefined ? 'error 40P01' : 'error 42601')
  }), { numRuns: 500 })
})

test('a failed transaction that nobody knew of: the server\'s own error, and nothing of ours', () => {
  const request = Buffer.concat([serialize.execute({}), serialize.sync()])
  const refusal = refusalOf('40P01', request, contended)
  // Close is carried out in a failed transaction, Parse is not.
  const reply = serve(refusal.request ?? Buffer.alloc(0), 1)
  expect(say(reply)).toBe('3 E ZI 3 ZI')
  expect(refusal.complete(reply)).toBe(true)
  expect(say(refusal.answer(reply))).toBe('E ZI')
})
