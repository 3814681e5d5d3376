/** What two live incarnations, withheld requests and several messages look like as rows. */
import { expect, test } from 'vitest'
import type { Event, EventBody } from '../../model/event.ts'
import { sampleStored } from '../testing.ts'
import { evidenceOf, indexOf } from './evidence.ts'
import { sequenceOf, type Sequence } from './sequence.ts'

const [stored] = sampleStored({ text: 'm' }).suites
const finding = stored?.suite.findings[0]

const point = 'db COMMIT#1 before'
const place = { fault: 'race', point }

function drawn(bodies: readonly EventBody[], schedule = [place]): Sequence {
  const events = bodies.map((body, i): Event => ({ ...body, seq: i + 1, atMs: i, cell: 'c', step: 's' }))
  if (finding === undefined) throw new RangeError('the sample has a finding')
  const witness = events.map(({ seq }) => seq)
  return sequenceOf(evidenceOf(indexOf(events), { ...finding, schedule, points: [], witness }))
}

function told({ rows }: Sequence): string[] {
  return rows.map(({ from = '', to = '', label, said, stops }) => [
    `${from.replace(/^\w+:/, '')}>${to.replace(/^\w+:/, '')}`, label, said, stops,
  ].filter((one) => one !== undefined).join(' '))
}

const start: EventBody = { type: 'step-started', phase: 'sweep', context: 'cold', messages: ['m'], faults: [place] }
const sent: EventBody = { type: 'sent', message: 'm', copy: 1, outcome: 'ok' }

function delivered(incarnation: string, message = 'm', redelivered = false): EventBody {
  return {
    type: 'delivered', incarnation, connection: `${incarnation}.q`, delivery: '1', message, redelivered, lane: 'q',
  }
}

function opened(incarnation: string): EventBody {
  return { type: 'connection-opened', incarnation, link: 'q', connection: `${incarnation}.q` }
}

function operation(incarnation: string, kind: string, link = 'db', message = 'm'): EventBody {
  return {
    type: 'operation-started', incarnation, connection: `${incarnation}.${link}`, operation: `${incarnation}.${kind}`,
    link, kind, text: '', occurrence: 1, reads: false, oneWay: link === 'q', handshake: false, cause: 'token', message,
  }
}

function forwarded(operation: string): EventBody {
  return { type: 'operation-forwarded', operation }
}

function ended(operation: string, outcome: 'ok' | 'failed' = 'ok', detail = ''): EventBody {
  return { type: 'operation-ended', operation, outcome, detail }
}

function did(verb: string, detail: string, at = place): EventBody {
  return { type: 'fault-did', ...at, verb, detail }
}

function held(incarnation: string, at = place): EventBody {
  return { type: 'fault-held', ...at, incarnation, withheld: [], proven: 'ok' }
}

function whole(incarnation: string, kind: string): EventBody[] {
  const name = `${incarnation}.${kind}`
  return [
    operation(incarnation, kind), forwarded(name), ended(name), { type: 'operation-answered', operation: name },
  ]
}

test('a race: who stands, who is handed the message, what arrives late, and what nobody hears', () => {
  const sequence = drawn([
    start, opened('a'), opened('b'), delivered('a'), sent, operation('a', 'COMMIT'), held('a'), did('hold', 'withheld'),
    did('warp', 'taken back: 1 claims'), did('start', 'a successor was started'),
    { type: 'incarnation-ready', incarnation: 'b' }, delivered('b', 'm', true), ...whole('b', 'COMMIT'),
    did('await', 'settled'), forwarded('a.COMMIT'), did('release', 'what was withheld of a went on'),
    ended('a.COMMIT'), { type: 'operation-answered', operation: 'a.COMMIT' }, operation('a', 'ack', 'q'),
    { type: 'settlement-lost', incarnation: 'a', delivery: '1', message: 'm' },
    { type: 'incarnation-exited', incarnation: 'a', code: null, signal: 'SIGKILL', because: 'rest' },
    did('leave', 'a left'),
  ])
  expect(told(sequence).slice(0, -1)).toEqual([
    'producer>q sent', 'q>a delivered', 'a>db COMMIT held', `> race: a stands at ${point}`,
    '> the broker takes back what a has; a is not told', 'b> ready', 'q>b delivered again', 'b>db COMMIT ok',
    'a> goes on', 'a>db COMMIT arrives only now', 'db>a COMMIT: ok', 'a>q ack: unheard lost', 'a> over',
  ])
  expect(sequence.spans).toEqual([{ lane: 'life:a', kind: 'held', from: 7, to: 19 }])
})

test('a zombie: its reply is held back, it is stopped, and told only after it goes on', () => {
  const sequence = drawn([
    start, opened('a'), delivered('a'), operation('a', 'COMMIT'), forwarded('a.COMMIT'), ended('a.COMMIT'), held('a'),
    did('hold', 'withheld the reply'), did('pause', 'SIGSTOP to a'), did('await', 'settled'),
    did('resume', 'SIGCONT to a'),
    { type: 'operation-answered', operation: 'a.COMMIT' }, did('release', 'what was withheld of a went on'),
  ])
  expect(told(sequence).slice(0, -1)).toEqual([
    'q>a delivered', 'a>db COMMIT', 'db>a ok, held back held', `> race: a stands at ${point}`,
    'a> SIGSTOP', 'a> SIGCONT', 'a> goes on', 'db>a COMMIT: told only now',
  ])
  expect(sequence.spans.map(({ kind, from, to }) => [kind, from, to])).toEqual([['held', 7, 13], ['frozen', 9, 11]])
})

test('of a pair both stand somewhere, or it is said why not', () => {
  const pair = { fault: 'race-twice', point: 'db A#1 before | db B#1 before' }
  const events = (end: string): EventBody[] => [
    start, opened('a'), opened('b'), delivered('a'), held('a', pair), did('hold', 'withheld db A#1', pair),
    delivered('b', 'm', true), operation('b', 'B'), did('hold', end, pair), forwarded('b.B'),
    did('release', 'what was withheld of b went on', pair),
  ]
  const both = drawn(events('withheld db B#1'), [pair])
  expect(told(both)).toContain('> race-twice: a stands at db A#1 before')
  expect(told(both)).toContain('> race-twice: b stands at db B#1 before')
  expect(both.spans.map(({ lane }) => lane)).toEqual(['life:a', 'life:b'])
  const alone = drawn(events('the second incarnation never stood there: the message was settled'), [pair])
  expect(told(alone)).toContain('> the second incarnation never stood there: the message was settled')
  expect(alone.spans.map(({ lane }) => lane)).toEqual(['life:a'])
})

test('an error: the request never arrives, and the answer says what came of it', () => {
  const error = { fault: 'error 40P01', point }
  const sequence = drawn([
    start, opened('a'), delivered('a'), operation('a', 'COMMIT'), held('a', error), did('hold', 'withheld', error),
    ended('a.COMMIT', 'failed', '40P01'), did('answer', 'answered with 40P01, and the work was not done', error),
    { type: 'operation-answered', operation: 'a.COMMIT' },
  ], [error])
  expect(told(sequence).slice(1, -1)).toEqual([
    'a>db COMMIT lost', `> error 40P01: a stands at ${point}`,
    '> answered with 40P01, and the work was not done', 'db>a COMMIT: failed: 40P01',
  ])
})

test('several messages have letters, and each copy is sent before it is delivered', () => {
  const sequence = drawn([
    start, opened('a'), delivered('a'), sent, delivered('a', 'n'), { ...sent, message: 'n' },
    delivered('a'), { ...sent, copy: 2, as: 'retry' },
  ])
  expect(told(sequence).slice(0, -1)).toEqual([
    'producer>q A: sent', 'q>a A: delivered', 'producer>q B: sent', 'q>a B: delivered',
    'producer>q A: sent again (retry 2)', 'q>a A: delivered again',
  ])
})

test('an acknowledgement that covers an earlier message names both', () => {
  const settled = (message: string): EventBody =>
    ({ type: 'settled', incarnation: 'a', connection: 'a.q', delivery: '1', message, how: 'ack' })
  const sequence = drawn([
    start, opened('a'), sent, delivered('a'), { ...sent, message: 'n' }, delivered('a', 'n'),
    operation('a', 'ack', 'q', 'n'), settled('m'), settled('n'), forwarded('a.ack'),
  ])
  expect(told(sequence)).toContain('a>q B: ack settled A, B')
})

test('of many messages only those of the finding are drawn whole', () => {
  const others = ['n', 'o', 'p'].flatMap((message): EventBody[] => [
    { ...sent, message }, delivered('a', message), operation('a', `PUT-${message}`, 'db', message),
  ])
  const rows = told(drawn([start, opened('a'), sent, delivered('a'), operation('a', 'PUT'), ...others]))
  expect(rows.filter((row) => row.includes('PUT'))).toEqual(['a>db A: PUT lost'])
  expect(rows).toContain('q>a D: delivered')
})

test('the next version is named in its lane', () => {
  const { lanes } = drawn([
    start, opened('a'), delivered('a'),
    { type: 'incarnation-started', incarnation: 'b', spare: false, pid: 2, version: 'next' },
    { type: 'incarnation-ready', incarnation: 'b' },
  ])
  expect(lanes.filter(({ id }) => id.startsWith('life:')).map(({ role }) => role)).toEqual(['a', 'b, next version'])
})
