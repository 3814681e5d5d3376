/** Copies inside and outside the contract, messages that nobody can read, and dead letters. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SentAs } from '../model/event.ts'
import type { Judgement } from '../model/verdict.ts'
import { judge } from './judge.ts'
import type { Draft, Story, World } from './testing.ts'
import { ev, killed, stepId, world } from './testing.ts'

function found(judgement: Judgement): string[] {
  return judgement.findings.map(({ anomaly, effect }) => `${anomaly} ${effect}`)
}

function told(judgement: Judgement): string[] {
  return judgement.observations.filter(({ kind }) => kind === 'limit').map(({ detail }) => detail)
}

/** Nothing but sending: the fault of a step that breaks nothing. */
const quiet = { faults: [{ fault: 'poison', point: 'message' }] } as const

/** One message, sent again in the given way `laterMs` after its first send. */
function copied(as: SentAs | undefined, times: number, plan: World = {}, laterMs = 0): Judgement {
  const story: Story = {
    message: 'm4', copies: 2, ...as === undefined ? {} : { as }, deliveries: ['ack', 'ack'], ...quiet,
    found: Array.from({ length: times }, () => ({})),
  }
  const events = world({ stories: [story], without: (draft) => draft.type === 'point-found', ...plan })
  return judge(events.map((event) => (event.type === 'sent' && event.copy > 1 ? { ...event, atMs: laterMs } : event)))
}

describe('a further copy', () => {
  const contracts: readonly (readonly [SentAs | undefined, World, boolean])[] = [
    [undefined, {}, false], [undefined, { producerDuplicates: true }, true],
    ['retry', { producerDuplicates: true }, true], ['retry', { producerDuplicates: false, replayWithinMs: 9 }, false],
    ['replay', { producerDuplicates: true }, false], ['replay', { replayWithinMs: 9 }, true],
    ['late', {}, false], ['late', { replayWithinMs: 9 }, true],
  ]
  test.each(contracts)('sent as %s under %j accuses: %s', (as, plan, accuses) => {
    expect(found(copied(as, 2, plan))).toEqual(accuses ? ['duplicate invoice'] : [])
    expect(found(copied(as, 3, plan))).toEqual(['duplicate invoice'])
    expect(found(copied(as, 1, plan))).toEqual([])
    expect(found(copied(as, 0, plan))).toEqual(['lost invoice'])
  })
  test('accuses within the time that the subject promises to remember, and as far back as a replay may reach', () => {
    const plan = { replayWithinMs: 1000, dedupWindowMs: 100 }
    expect(found(copied('late', 2, plan, 100))).toEqual(['duplicate invoice'])
    expect(found(copied('late', 2, plan, 101))).toEqual([])
    expect(found(copied('replay', 2, { replayWithinMs: 1000 }, 1001))).toEqual([])
    expect(found(copied('retry', 2, { producerDuplicates: true, dedupWindowMs: 100 }, 101))).toEqual([])
  })
  test('is measured outside the contract, good news and bad, one line per kind and effect', () => {
    expect(told(copied('replay', 2))).toEqual(['a replay of settled messages doubles invoice (1 of 1 messages); '
      + 'the contract declares no replay that reaches so far'])
    expect(told(copied('retry', 1))).toEqual(['a second copy from the producer is kept out of invoice '
      + '(1 of 1 messages); the contract does not say that the producer may send twice'])
    expect(told(copied('late', 1, { replayWithinMs: 1000, dedupWindowMs: 100 }, 101))).toEqual([
      'a copy that comes after the time of remembering is kept out of invoice (1 of 1 messages); '
        + 'the contract promises to remember for 100 ms only',
    ])
    expect(told(copied('replay', 1, { replayWithinMs: 9 }))).toEqual([])
  })
  test('measures nothing when it never got to the subject', () => {
    const story: Story = { message: 'm4', copies: 2, as: 'replay', ...quiet }
    expect(told(judge(world({ stories: [story] })))).toEqual([])
  })
})

const bad: Story = { message: 'm4', undecodable: true, found: [], ...quiet }

function poisoned(story: Partial<Story>, plan: World = {}): Judgement {
  return judge(world({
    stories: [{ ...bad, ...story }, { message: 'm5', ...quiet }],
    without: (draft) => draft.type === 'point-found', ...plan,
  }))
}

describe('a message that can not be decoded', () => {
  test('owes no effect; where nothing is declared it is told what became of it', () => {
    expect(found(poisoned({}))).toEqual([])
    expect(told(poisoned({}))).toEqual([
      'messages that can\'t be decoded are acknowledged (1 of 1); '
        + 'expect.deadLetter and expect.reject say nothing of them',
    ])
    expect(told(poisoned({ deliveries: ['discard'] }))[0]).toContain('are refused for good')
    expect(told(poisoned({ deliveries: ['requeue'], end: 'unsettled' }))[0]).toContain('left open')
    expect(found(poisoned({ deliveries: ['requeue'] }))).toEqual([])
  })
  test('must end where the suite declares', () => {
    const dlq: World = { deadLetter: ['dlq'] }
    expect(found(poisoned({ deliveries: ['discard'], deadLetter: 'dlq' }, dlq))).toEqual([])
    expect(found(poisoned({ deliveries: ['ack'] }, dlq))).toEqual(['lost settlement'])
    expect(found(poisoned({ deliveries: ['discard'] }, dlq))).toEqual(['lost settlement'])
    expect(found(poisoned({ deliveries: ['requeue'], end: 'unsettled' }, dlq))).toEqual(['stuck settlement'])
    const often = Array.from({ length: 21 }, () => 'requeue' as const)
    expect(found(poisoned({ deliveries: often, end: 'unsettled' }, dlq))).toEqual(['poison-loop settlement'])
    expect(found(poisoned({ deliveries: often, end: 'unsettled' }))).toEqual([])
  })
  test('may be refused, in whatever way, where the suite says so', () => {
    for (const how of ['ack', 'discard'] as const) {
      expect(found(poisoned({ deliveries: [how] }, { reject: true }))).toEqual([])
      expect(told(poisoned({ deliveries: [how] }, { reject: true }))).toEqual([])
    }
    expect(found(poisoned({ deliveries: [undefined] }, { reject: true }))).toEqual(['stuck settlement'])
  })
  test('is no loss where nobody looked, or where a dead letter has no name', () => {
    const nameless = ev({ type: 'dead-letter-observed', message: undefined, queue: 'dlq' }, stepId(bad))
    expect(found(poisoned({ deliveries: ['discard'], also: [nameless] }, { deadLetter: ['dlq'] }))).toEqual([])
    const unread = (draft: Draft): boolean => draft.type === 'point-found'
      || (draft.type === 'learned' && draft.what === 'dead-letters')
    expect(found(poisoned({ deliveries: ['ack'] }, { deadLetter: ['dlq'], without: unread }))).toEqual([])
  })
  test('that was handed over without its name is known by its step', () => {
    const head = { incarnation: 'i7', connection: 'k7', delivery: 'd7', message: undefined }
    const handed: Draft[] = [
      ev({ type: 'delivered', ...head, redelivered: false, lane: 'q' }, stepId(bad)),
      ev({ type: 'settled', ...head, how: 'discard' }, stepId(bad)),
    ]
    expect(told(poisoned({ deliveries: [], also: handed }))[0]).toContain('are refused for good')
    expect(found(poisoned({ deliveries: [], also: handed.slice(0, 1) }, { reject: true })))
      .toEqual(['stuck settlement'])
    expect(told(poisoned({ deliveries: [] }))[0]).toContain('never seen')
  })
  test('takes neighbours of its step along: judged where the suite declares an end, told where it does not', () => {
    const neighbour = ev({ type: 'sent', message: 'n', copy: 1, outcome: 'ok' }, stepId(bad))
    const plan = { deliveries: ['requeue'], end: 'unsettled', also: [neighbour] } as const
    expect(found(poisoned(plan, { reject: true }))).toContain('stuck settlement')
    expect(found(poisoned(plan))).toEqual([])
    expect(told(poisoned(plan)).at(-1)).toMatch(/^a message that can't be decoded takes its neighbours along: 1 of 1/)
  })
  test('that takes a good neighbour along has lost it', () => {
    const stories: readonly Story[] = [{ ...bad, deliveries: ['discard'] }, { message: 'm5', found: [], ...quiet }]
    expect(found(poisoned({}, { stories }))).toEqual(['lost invoice'])
  })
})

describe('dead letters', () => {
  const dlq: World = { deadLetter: ['dlq'] }
  const dead: Story = { ...killed, deliveries: [undefined, 'discard'], deadLetter: 'dlq' }
  test('that were applied are accused, declared or not', () => {
    for (const plan of [dlq, {}]) {
      const judgement = judge(world({ ...plan, stories: [dead] }))
      expect(found(judgement)).toEqual(['dead-lettered-and-applied invoice'])
      expect(judgement.findings[0]?.detail).toBe('m4 is in dlq and its effects are there: invoice')
    }
  })
  test('not: without the effect, with an effect expected at least once, with a second copy', () => {
    expect(found(judge(world({ ...dlq, stories: [{ ...dead, found: [] }] })))).toEqual([])
    const often = { effects: [{ name: 'invoice', expectation: 'at-least-once' as const }] }
    expect(found(judge(world({ ...dlq, ...often, stories: [dead] })))).toEqual([])
    const twice: Story = { ...dead, copies: 2, deliveries: ['ack', 'discard'], killedAfter: 2 }
    expect(found(judge(world({ ...dlq, stories: [twice] })))).toEqual([])
  })
  test('of good messages to which nothing was done are wrong', () => {
    const good: Story = { message: 'm4', deliveries: ['discard'], deadLetter: 'dlq', found: [], ...quiet }
    expect(found(judge(world({ ...dlq, stories: [good] })))).toEqual(['wrongly-dead-lettered settlement'])
    expect(found(poisoned({ deliveries: ['discard'], deadLetter: 'dlq' }, {
      ...dlq, stories: [{ ...bad, deliveries: ['discard'], deadLetter: 'dlq' }, { ...good, message: 'm5' }],
    }))).toEqual(['wrongly-dead-lettered settlement'])
  })
  test('not: after a kill, after a held frame, of what can not be decoded, of a copy', () => {
    const did = ev({ type: 'fault-held', fault: 'x', point: 'y', withheld: [], proven: 'ok' }, 'step-m4')
    const good: Story = { message: 'm4', deliveries: ['discard'], deadLetter: 'dlq', found: [], ...quiet }
    for (const story of [
      { ...dead, found: [] }, { ...good, also: [did] }, { ...bad, deadLetter: 'dlq', deliveries: ['discard'] as const },
      { ...good, copies: 2, deliveries: ['ack', 'discard'] as const },
    ]) expect(found(judge(world({ ...dlq, stories: [story] })))).not.toContain('wrongly-dead-lettered settlement')
  })
})

interface Work {
  readonly by: number
  readonly kind: string
  readonly reads?: boolean
  readonly transaction?: 'auto' | 'commit' | 'inside'
}

/** An operation of the incarnation that had the given delivery, on a connection of its own. */
function worked(story: Story, { by, kind, reads, transaction }: Work): Draft[] {
  const incarnation = `${story.message}-i${by}`
  const operation = `${incarnation} ${kind}`
  return [
    ev({ type: 'operation-started', incarnation, connection: `${incarnation}-db`, operation, link: 'db', kind, text: '',
      occurrence: 1, reads: reads ?? false, oneWay: false, handshake: false, cause: 'token', message: story.message,
      ...transaction === undefined ? {} : { transaction } }, stepId(story)),
    ev({ type: 'operation-forwarded', operation }, stepId(story)),
    ev({ type: 'operation-ended', operation, outcome: 'ok', detail: '' }, stepId(story)),
  ]
}

describe('remarks', () => {
  const detail = (story: Story): string => judge(world({ stories: [story] })).findings[0]?.detail ?? ''
  test('a write after the message was handed on is a zombie\'s', () => {
    const story: Story = { ...killed, found: [{}, {}] }
    expect(detail({ ...story, also: worked(story, { by: 1, kind: 'INSERT' }) }))
      .toBe('invoice id of m4 is there 2 times; '
        + 'zombie write: m4-i1 sent db INSERT after m4-i2 had been handed the message')
    expect(detail({ ...story, also: worked(story, { by: 2, kind: 'INSERT' }) }))
      .toBe('invoice id of m4 is there 2 times')
    expect(detail({ ...story, also: worked(story, { by: 1, kind: 'SELECT', reads: true }) }))
      .toBe('invoice id of m4 is there 2 times')
  })
  test('a loss whose redelivery only looked was swallowed', () => {
    const story: Story = { ...killed, found: [] }
    const marker = worked(story, { by: 1, kind: 'INSERT', transaction: 'auto' })
    const look = worked(story, { by: 2, kind: 'SELECT', reads: true })
    expect(detail({ ...story, also: [...marker, ...look] })).toMatch(/; swallowed: m4-i1 had committed a part of it/)
    expect(detail({ ...story, also: look })).not.toContain('swallowed')
    expect(detail({ ...story, also: marker })).not.toContain('swallowed')
    const inside = worked(story, { by: 1, kind: 'INSERT', transaction: 'inside' })
    expect(detail({ ...story, also: [...inside, ...look] })).not.toContain('swallowed')
    const tried = worked(story, { by: 2, kind: 'UPDATE', transaction: 'auto' })
    expect(detail({ ...story, also: [...marker, ...look, ...tried] })).not.toContain('swallowed')
  })
})

const kinds = fc.constantFrom(undefined, 'retry' as const, 'replay' as const, 'late' as const)
const contract: fc.Arbitrary<World> = fc.record({
  producerDuplicates: fc.boolean(), replayWithinMs: fc.constantFrom(10, 1000), dedupWindowMs: fc.constantFrom(10, 100),
}, { requiredKeys: [] })

test('one effect is right whatever came; three of two copies never are; two are what the contract says', () => {
  fc.assert(fc.property(kinds, contract, fc.constantFrom(0, 10, 50, 500, 5000), (as, plan, laterMs) => {
    expect(found(copied(as, 1, plan, laterMs))).toEqual([])
    expect(found(copied(as, 3, plan, laterMs))).toEqual(['duplicate invoice'])
    const two = copied(as, 2, plan, laterMs)
    // Either it accuses or it measures, never both and never nothing.
    expect(found(two).length + told(two).filter((text) => text.includes('doubles')).length).toBe(1)
    expect(two.doubts.filter(({ code }) => code === 'checker-failed')).toEqual([])
  }), { numRuns: 200 })
})
