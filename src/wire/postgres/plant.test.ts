/**
 * Planted losses and repeats, against what a real server (PostgreSQL 15) answered to exactly these bytes.
 *
 * The fixture holds the subject's request, how the decoder named it, and the server's whole answer to what was sent
 * instead or in addition; the tables were looked at when it was captured: losses left no row, repeats left one more.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Interjection, OperationStart, PlantedLoss } from '../../model/wire.ts'
import { encodeMessage, encodeParse, encodeQuery, encodeSync, splitMessages } from './messages.ts'
import { plantLoss } from './plant-loss.ts'
import { plantRepeat } from './plant-repeat.ts'
import { say } from './testing.ts'

interface Planted {
  readonly name: string
  readonly start: OperationStart
  readonly request: Buffer
  readonly reply: Buffer
}

function parsePlanted(name: string): Planted {
  const file = readFileSync(join(import.meta.dirname, 'fixtures', 'planted', 'planted.json'), 'utf8')
  const all = JSON.parse(file) as { name: string; start: OperationStart; request: string; reply: string }[]
  const found = all.find((one) => one.name === name)
  expect(found, name).toBeDefined()
  return {
    name, start: found?.start ?? startOf('INSERT', 'auto'),
    request: Buffer.from(found?.request ?? '', 'base64'), reply: Buffer.from(found?.reply ?? '', 'base64'),
  }
}

function startOf(kind: string, transaction: OperationStart['transaction']): OperationStart {
  const start = { op: 1, kind, text: '', reads: false, oneWay: false, values: [] }
  return transaction === undefined ? start : { ...start, transaction }
}

function lossOf(planted: Planted): PlantedLoss {
  const loss = plantLoss(planted.request, planted.start)
  expect(loss).toBeDefined()
  return loss ?? { request: Buffer.alloc(0), answer: (reply) => reply, complete: () => false }
}

function repeatOf(planted: Planted): Interjection {
  const repeat = plantRepeat(planted.request, planted.start)
  expect(repeat).toBeDefined()
  return repeat ?? { bytes: Buffer.alloc(0), done: () => undefined }
}

test.each([
  ['simple commit', 'Q(ROLLBACK)', 'C(COMMIT) ZI'],
  ['extended commit', 'P(|commit) P(onceproof_rollback|ROLLBACK) B(|onceproof_rollback) D E C(Sonceproof_rollback) S',
    '1 2 n C(COMMIT) ZI'],
  ['named commit', 'P(onceproof_rollback|ROLLBACK) B(|onceproof_rollback) E C(Sonceproof_rollback) S',
    '2 C(COMMIT) ZI'],
  ['simple auto', 'Q(BEGIN) Q(insert into pl values (2)) Q(ROLLBACK)', 'C(INSERT 0 1) ZI'],
  ['extended auto', 'Q(BEGIN) P(i|insert into pl values ($1) returning n) B(|i) D E S Q(ROLLBACK)',
    '1 2 T D C(INSERT 0 1) ZI'],
  ['named auto', 'Q(BEGIN) B(|i) D E S Q(ROLLBACK)', '2 T D C(INSERT 0 1) ZI'],
  ['auto failing', 'Q(BEGIN) Q(insert into nowhere values (1)) Q(ROLLBACK)', 'E ZI'],
])('loss of %s', (name, sent, answered) => {
  const planted = parsePlanted(name)
  const loss = lossOf(planted)
  expect(say(loss.request)).toBe(sent)
  expect(say(loss.answer(planted.reply))).toBe(answered)
  for (let end = 0; end < planted.reply.length; end += 1) {
    expect(loss.complete(planted.reply.subarray(0, end))).toBe(false)
  }
  expect(loss.complete(planted.reply)).toBe(true)
})

test.each([
  ['auto', 'Q(insert into pl values (4))', 'ok'],
  ['auto extended', 'B(|j) E S', 'ok'],
  ['auto unique', 'Q(insert into pl values (4,4))', 'failed'],
  ['inside', 'B(|k) E S', 'ok'],
  ['inside unique', 'Q(insert into pl values (8,8))', 'failed'],
  ['inside portal', 'P(|insert into pl values (9)) B(|) E S', 'ok'],
])('repeat of %s', (name, again, outcome) => {
  const planted = parsePlanted(name)
  const repeat = repeatOf(planted)
  const guarded = `Q(SAVEPOINT onceproof_repeat) ${again} Q(SAVEPOINT onceproof_repeat)`
    + ' Q(ROLLBACK TO SAVEPOINT onceproof_repeat) Q(RELEASE SAVEPOINT onceproof_repeat)'
  expect(say(repeat.bytes)).toBe(name.startsWith('auto') ? again : guarded)
  for (let end = 0; end < planted.reply.length; end += 1) {
    expect(repeat.done(planted.reply.subarray(0, end))).toBeUndefined()
  }
  expect(repeat.done(planted.reply)).toBe(outcome)
})

test('inside a transaction only the statement goes', () => {
  const loss = plantLoss(encodeQuery('insert into pl values (1)'), startOf('INSERT', 'inside'))
  expect(say(loss?.request ?? Buffer.alloc(0))).toBe('Q(SAVEPOINT onceproof_loss) Q(insert into pl values (1))'
    + ' Q(ROLLBACK TO SAVEPOINT onceproof_loss) Q(RELEASE SAVEPOINT onceproof_loss)')
  const tags = ['SAVEPOINT', 'INSERT 0 1', 'ROLLBACK', 'RELEASE']
  const answers = tags.map((tag) =>
    Buffer.concat([encodeMessage('C', Buffer.from(`${tag}\0`)), encodeMessage('Z', Buffer.from('T'))]))
  expect(answers.map((_, i) => loss?.complete(Buffer.concat(answers.slice(0, i + 1))))).toEqual(
    [false, false, false, true])
  expect(say(loss?.answer(Buffer.concat(answers)) ?? Buffer.alloc(0))).toBe('C(INSERT 0 1) ZT')
  expect(plantLoss(encodeQuery('release s'), startOf('RELEASE', 'inside'))).toBeUndefined()
})

test('COMMIT AND CHAIN becomes ROLLBACK AND CHAIN', () => {
  const loss = plantLoss(encodeQuery('commit and chain'), { ...startOf('COMMIT', 'commit'), text: 'and chain' })
  expect(say(loss?.request ?? Buffer.alloc(0))).toBe('Q(ROLLBACK and chain)')
})

test.each([
  ['a read', encodeQuery('select 1'), { ...startOf('SELECT', 'auto'), reads: true }],
  ['a COPY', encodeQuery('copy t from stdin'), startOf('COPY', 'auto')],
  ['a text with its own transaction', encodeQuery('begin; commit'), startOf('BEGIN', 'auto')],
  ['a text that commits and goes on', encodeQuery('insert into t values (1); commit'), startOf('INSERT', 'commit')],
  ['a BEGIN', encodeQuery('begin'), startOf('BEGIN', 'begin')],
  ['what has no Sync', encodeParse('', 'insert into t values (1)'), startOf('INSERT', 'auto')],
])('%s is planted in no way', (_, request, start) => {
  expect(plantLoss(request, start)).toBeUndefined()
  expect(plantRepeat(request, start)).toBeUndefined()
})

test('notifications and the answers to earlier messages get through a planted loss', () => {
  const planted = parsePlanted('simple auto')
  const loss = lossOf(planted)
  const notification = Buffer.concat([Buffer.from('A'), Buffer.from([0, 0, 0, 11]), Buffer.from('\0\0\0\x01c\0\0')])
  const earlier = splitMessages(planted.reply)[2]?.bytes ?? Buffer.alloc(0)
  expect(say(loss.answer(Buffer.concat([earlier, planted.reply, notification])))).toBe(
    'C(INSERT 0 1) C(INSERT 0 1) ZI A')
})

test('a connection that ends under the plant', () => {
  const fatal = Buffer.concat([Buffer.from('E'), Buffer.from([0, 0, 0, 20]), Buffer.from('VFATAL\0C57P01\0\0')])
  fatal.writeInt32BE(fatal.length - 1, 1)
  expect(lossOf(parsePlanted('simple commit')).complete(fatal)).toBe(true)
  expect(repeatOf(parsePlanted('auto')).done(fatal)).toBe('indeterminate')
})

test('a repeat that leaves the transaction failed is not sure of anything', () => {
  const { reply } = parsePlanted('inside unique')
  const broken = Buffer.from(reply)
  broken[broken.length - 1] = 'E'.charCodeAt(0)
  expect(repeatOf(parsePlanted('inside unique')).done(broken)).toBe('indeterminate')
})

test('a request that was ended by Flush gets a Sync of its own when it is repeated', () => {
  const { request, start } = parsePlanted('auto extended')
  const messages = splitMessages(request).filter((message) => message.kind !== 'S').map((message) => message.bytes)
  expect(say(plantRepeat(Buffer.concat(messages), start)?.bytes ?? Buffer.alloc(0))).toBe('B(|j) E S')
  expect(encodeSync()).toEqual(Buffer.from([0x53, 0, 0, 0, 4]))
})
