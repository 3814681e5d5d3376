/**
 * Each anomaly three ways: a history that has it, its smallest form, and the nearest history that does not.
 *
 * All are the small certified world of `testing.ts` with one thing changed.
 */
import { describe, expect, test } from 'vitest'
import { judge } from './judge.ts'
import type { Draft, Story, World } from './testing.ts'
import { contentOf, ev, fine, killed, killPoint, stepId, world } from './testing.ts'

/** Kinds of findings, with the effect that each accuses. */
function found(plan: World): string[] {
  return judge(world(plan)).findings.map((finding) => `${finding.anomaly} ${finding.effect}`)
}

function sweep(story: Partial<Story>): World {
  return { stories: [{ ...killed, ...story }] }
}

/** Fault-free messages of a suite with the given effects. */
function effects(...plans: NonNullable<World['effects']>): World {
  return { effects: plans }
}

const once = { name: 'invoice', expectation: 'once' } as const
const mail = { name: 'mail', expectation: 'at-least-once' } as const
const metric = { name: 'metric', expectation: 'at-most-once' } as const

test('a world in which nothing is wrong is certified', () => {
  const judged = judge(world())
  expect(judged).toMatchObject({
    verdict: 'certified', findings: [], doubts: [], points: { k: 1, K: 1 },
    faults: { fired: 1, planned: 1, notApplicable: 0 },
    messages: { sent: 4, complete: 4, deliveries: 5, redeliveries: 1 },
  })
})

describe('duplicate', () => {
  test('one identity twice after a kill, with its point and witness', () => {
    const judged = judge(world(sweep({ found: [{}, {}] })))
    expect(judged.verdict).toBe('violated')
    expect(judged.findings).toMatchObject([{
      anomaly: 'duplicate', effect: 'invoice', message: 'm4', fault: 'kill', point: killPoint,
      context: 'warm', count: 1,
      points: [killPoint, 'orders ack#1 before'], schedule: [{ fault: 'kill', point: killPoint }],
      confirmed: { k: 0, n: 0 },
    }])
    expect(judged.findings[0]?.id).toMatch(/^[0-9a-hjkmnp-tv-z]{8}$/)
    expect(judged.findings[0]?.witness.length).toBe(8)
    expect(judged.grid[0]?.faults).toEqual({ kill: { planned: 1, fired: 1, worst: 'duplicate', end: 'fired' } })
  })
  test('an id drawn anew by each try', () => {
    expect(found(sweep({ found: [{ identity: 'x1' }, { identity: 'x2' }] }))).toEqual(['duplicate invoice'])
  })
  test('volatile columns do not make two rows different', () => {
    const again = { content: { ...contentOf('m4'), at: 'later' } }
    expect(found(sweep({ found: [{}, again] }))).toEqual(['duplicate invoice'])
  })
  test('without any fault it is blamed on none', () => {
    const [first, ...others] = fine
    const baseline = [{ ...first, message: 'm1', found: [{}, {}] }, ...others]
    expect(judge(world({ baseline })).findings).toMatchObject([{
      anomaly: 'duplicate', fault: 'no fault', point: 'no fault', schedule: [],
    }])
  })
  test('not: a second delivery that changed nothing, the same identity of another effect', () => {
    expect(found(sweep({ deliveries: [undefined, 'requeue', 'ack'] }))).toEqual([])
    expect(found(effects(once, { ...once, name: 'order' }))).toEqual([])
  })
  test('not: two identities where every fault-free message has two', () => {
    const two = [{ identity: 'a' }, { identity: 'b' }]
    const baseline = fine.map((story) => ({ ...story, found: two }))
    expect(found({ baseline, stories: [{ ...killed, found: two }] })).toEqual([])
    expect(found({ baseline, stories: [{ ...killed, found: [...two, { identity: 'c' }] }] }))
      .toEqual(['duplicate invoice'])
  })
  test('not: an effect that is expected at least once, which is observed instead', () => {
    const twice = [{ effect: 'mail' }, { effect: 'mail' }]
    const judged = judge(world({ ...effects(mail), stories: [{ ...killed, found: twice }] }))
    expect(judged.verdict).toBe('certified')
    expect(judged.observations.map((observation) => observation.kind)).toContain('repeated-call')
  })
  test('at most once is no more than once', () => {
    const twice = [{ effect: 'metric' }, { effect: 'metric' }]
    expect(found({ ...effects(metric), stories: [{ ...killed, found: twice }] })).toEqual(['duplicate metric'])
  })
})

describe('copies of the producer', () => {
  const copied: Story = { message: 'm4', copies: 2, deliveries: ['ack', 'ack'], found: [{}, {}],
    faults: [{ fault: 'kill', point: killPoint }] }
  test('accuse when the contract allows them', () => {
    expect(found({ producerDuplicates: true, stories: [copied] })).toEqual(['duplicate invoice'])
  })
  test('only measure when it does not, or does not say', () => {
    for (const contract of [{ producerDuplicates: false }, {}]) {
      const judged = judge(world({ ...contract, stories: [copied] }))
      expect(judged.verdict).toBe('certified')
      expect(judged.observations).toMatchObject([{ kind: 'limit', count: 1 }])
    }
  })
  test('do not explain a third effect', () => {
    expect(found({ stories: [{ ...copied, found: [{}, {}, {}] }] })).toEqual(['duplicate invoice'])
  })
})

describe('diverged', () => {
  const other = { content: { ...contentOf('m4'), total: '20' } }
  test('one identity with two contents is this and no duplicate', () => {
    expect(found(sweep({ found: [{}, other] }))).toEqual(['diverged invoice'])
  })
  test('a content that no fault-free message has', () => {
    const judged = judge(world(sweep({ found: [other] })))
    expect(judged.findings).toMatchObject([{ anomaly: 'diverged', count: 1 }])
    expect(judged.findings[0]?.detail).toMatch(/no fault-free message has: total$/)
  })
  test('not: a column that varies without faults', () => {
    expect(found(sweep({ found: [{ content: { ...contentOf('m4'), at: 'whenever' } }] }))).toEqual([])
  })
  test('not: rows that come in another order', () => {
    const lines = [{ identity: 'a', content: { sku: 'x' } }, { identity: 'b', content: { sku: 'y' } }]
    const baseline = fine.map((story) => ({ ...story, found: lines }))
    expect(found({ baseline, stories: [{ ...killed, found: lines.toReversed() }] })).toEqual([])
  })
})

describe('lost', () => {
  test('settled, and nothing there', () => {
    const judged = judge(world(sweep({ found: [] })))
    expect(judged).toMatchObject({ verdict: 'violated', findings: [{ anomaly: 'lost', effect: 'invoice' }] })
  })
  test('settled by being delivered, by being discarded', () => {
    expect(found(sweep({ found: [], deliveries: ['auto'] }))).toEqual(['lost invoice'])
    expect(found(sweep({ found: [], deliveries: [undefined, 'discard'] }))).toEqual(['lost invoice'])
  })
  test('in a dead letter queue that nobody declared', () => {
    const dead = { found: [], deliveries: [undefined, 'discard'] as const, deadLetter: 'dlq' }
    expect(found(sweep(dead))).toEqual(['lost invoice'])
    expect(found({ ...sweep(dead), deadLetter: ['dlq'] })).toEqual([])
  })
  test('not: an open message, which is stuck', () => {
    expect(found(sweep({ found: [], deliveries: [undefined, undefined] }))).toEqual(['stuck settlement'])
  })
  test('not: an effect expected at most once, which is observed instead', () => {
    const judged = judge(world({ ...effects(once, metric), stories: [{ ...killed, found: [{}] }] }))
    expect(judged.verdict).toBe('certified')
    expect(judged.observations.map((observation) => observation.kind)).toContain('limit')
  })
  test('not: where nothing was read back, or the harness gave up', () => {
    const unread = world({ ...sweep({ found: [] }), without: (draft) => draft.type === 'effect-observed'
      || draft.type === 'backlog-observed' })
    expect(judge(unread)).toMatchObject({ verdict: 'inconclusive', findings: [] })
    expect(found(sweep({ found: [], end: 'aborted' }))).toEqual([])
  })
  test('not: an effect that no fault-free message shows; that is a doubt', () => {
    const baseline = fine.map((story) => ({ ...story, found: [] }))
    const judged = judge(world({ baseline, stories: [{ ...killed, found: [] }] }))
    expect(judged.findings).toEqual([])
    expect(judged.doubts.map((doubt) => doubt.code)).toContain('effect-not-seen')
  })
})

describe('torn', () => {
  test('one of two effects', () => {
    expect(found({ ...effects(once, mail), stories: [{ ...killed, found: [{ effect: 'mail' }] }] }))
      .toEqual(['torn invoice'])
  })
  test('two of three lines', () => {
    const lines = ['a', 'b', 'c'].map((identity) => ({ identity }))
    const baseline = fine.map((story) => ({ ...story, found: lines }))
    expect(found({ baseline, stories: [{ ...killed, found: lines.slice(1) }] })).toEqual(['torn invoice'])
  })
  test('not: all of them, or none, which is lost', () => {
    expect(found({ ...effects(once, mail) })).toEqual([])
    expect(found({ ...effects(once, mail), stories: [{ ...killed, found: [] }] }))
      .toEqual(['lost invoice', 'lost mail'])
  })
})

describe('phantom', () => {
  function stranger(message: string | undefined, reading: 'live' | 'final', step?: string): Draft {
    return ev({ type: 'effect-observed', effect: 'invoice', identity: 'who', message, content: {}, reading }, step)
  }
  function before(draft: Draft): World {
    return { stories: [{ ...killed, also: [draft] }] }
  }
  test('an effect of nobody, in the step where it was seen to come', () => {
    const live = stranger(undefined, 'live', stepId(killed))
    const final = stranger(undefined, 'final', stepId(killed))
    expect(judge(world({ stories: [{ ...killed, also: [live, final] }] }))).toMatchObject({
      verdict: 'violated', findings: [{ anomaly: 'phantom', fault: 'kill', point: killPoint }],
    })
  })
  test('an effect of a message that was never sent, with an unknown cause', () => {
    expect(judge(world(before(stranger('m99', 'final')))).findings)
      .toMatchObject([{ anomaly: 'phantom', message: 'm99', fault: 'unknown' }])
  })
  test('not: what the cell held before its first message', () => {
    const events = world(before(stranger(undefined, 'final')))
    const early = { ...stranger(undefined, 'live'), seq: 1 }
    expect(judge([early, ...events]).findings).toEqual([])
  })
  test('not: what every cell holds alike, which is a doubt', () => {
    const seed = (cell: string): Draft => ev({
      type: 'effect-observed', effect: 'invoice', identity: 'seed', message: undefined, content: {}, reading: 'final',
    }, undefined, { cell })
    const there: Story = { ...killed, message: 'm5', cell: 'c2', also: [seed('c1'), seed('c2')] }
    const judged = judge(world({ stories: [killed, there] }))
    expect(judged).toMatchObject({ verdict: 'inconclusive', findings: [], doubts: [{ code: 'unowned-effects' }] })
    const other: Story = { ...there, also: [seed('c2')] }
    expect(judge(world({ stories: [killed, other] })).findings).toMatchObject([{ anomaly: 'phantom' }])
  })
  test('not: an effect of a message that was sent', () => {
    expect(found(before(stranger('m4', 'live')))).toEqual([])
  })
})

describe('stuck', () => {
  test('open at the end', () => {
    const judged = judge(world(sweep({ deliveries: [undefined, undefined], end: 'unsettled' })))
    expect(judged).toMatchObject({
      verdict: 'violated', findings: [{ anomaly: 'stuck', fault: 'kill' }], points: { k: 1 },
    })
  })
  test('given back and never taken again', () => {
    expect(found(sweep({ deliveries: [undefined, 'requeue'], end: 'unsettled' }))).toEqual(['stuck settlement'])
  })
  test('never delivered, while others were', () => {
    expect(found({ stories: [killed, { message: 'm5', deliveries: [], found: [], end: 'unsettled' }] }))
      .toEqual(['stuck settlement'])
  })
  test('not: settled by the last delivery, or a dead letter', () => {
    expect(found(sweep({ deliveries: [undefined, 'requeue', 'ack'] }))).toEqual([])
    const dead = sweep({ deliveries: [undefined, undefined], found: [], deadLetter: 'dlq' })
    expect(found({ ...dead, deadLetter: ['dlq'] })).toEqual([])
  })
  test('not: never delivered after a step that did not settle', () => {
    const first: Story = { ...killed, deliveries: [undefined, undefined], end: 'unsettled' }
    const judged = judge(world({ stories: [first, { message: 'm5', deliveries: [], found: [], end: 'unsettled' }] }))
    expect(judged.findings).toMatchObject([{ message: 'm4', count: 1 }])
  })
  test('settled only after the harness restarted an idle subject, the horizon waited out', () => {
    const step = stepId(killed)
    const head = { incarnation: 'i9', connection: 'k9', delivery: 'd9', message: 'm4' } as const
    const later = (atMs: number): Draft[] => [
      ev({
        type: 'incarnation-exited', incarnation: 'm4-i1-next', code: null, signal: 'SIGKILL', because: 'rest',
      }, undefined, { atMs }),
      ev({ type: 'delivered', ...head, redelivered: true, lane: 'orders' }),
      ev({ type: 'settled', ...head, how: 'ack' }),
    ]
    const restarted = (atMs: number, end: 'settled' | 'unsettled'): string[] => {
      const story: Story = { ...killed, deliveries: [undefined], end }
      const events = world({ stories: [story] })
      const at = events.findIndex((event) => event.step === step && event.type === 'step-ended')
      const tail = later(atMs).map((draft, index) => ({ ...draft, seq: (at + 1) * 10 + index + 1 }))
      return judge(events.toSpliced(at + 1, 0, ...tail)).findings.map((finding) => finding.anomaly)
    }
    expect(restarted(1000, 'unsettled')).toEqual(['stuck'])
    expect(restarted(999, 'unsettled')).toEqual([])
    expect(restarted(1000, 'settled')).toEqual([])
  })
  test('proves nothing when the harness did not start the subject again', () => {
    const dead = world({
      ...sweep({ deliveries: [undefined], end: 'unsettled' }),
      without: (draft) => draft.type === 'incarnation-ready' && draft.incarnation.startsWith('m4'),
    })
    expect(judge(dead)).toMatchObject({ verdict: 'inconclusive', findings: [{ anomaly: 'stuck' }] })
  })
})

describe('poison-loop', () => {
  const often = (times: number): Story['deliveries'] => Array.from({ length: times }, () => 'requeue' as const)
  test('more than twenty deliveries that nothing ends; not stuck as well', () => {
    expect(found(sweep({ deliveries: often(21) ?? [], end: 'unsettled' }))).toEqual(['poison-loop settlement'])
  })
  test('not: twenty of them, which is stuck', () => {
    expect(found(sweep({ deliveries: often(20) ?? [], end: 'unsettled' }))).toEqual(['stuck settlement'])
  })
  test('not: a loop that ends', () => {
    expect(found(sweep({ deliveries: [...often(30) ?? [], 'ack'] }))).toEqual([])
  })
})

describe('rows that nobody declared', () => {
  const rows = { name: 'orders insert', expectation: 'once', kind: 'rows', declared: false } as const
  const update = { ...rows, name: 'orders update' }
  function row(identity: string, effect: string = rows.name): { effect: string; identity: string } {
    return { effect, identity }
  }
  function judged(plan: World): { readonly kinds: string[]; readonly codes: string[] } {
    const result = judge(world(plan))
    return {
      kinds: result.findings.map((finding) => `${finding.anomaly} ${finding.effect}`),
      codes: [...new Set(result.doubts.map((doubt) => doubt.code))],
    }
  }
  test('more added rows are a duplicate, none are a loss', () => {
    expect(judged({ ...effects(rows), stories: [{ ...killed, found: [row('1'), row('2')] }] }))
      .toEqual({ kinds: ['duplicate orders insert'], codes: [] })
    expect(judged({ ...effects(rows), stories: [{ ...killed, found: [] }] }))
      .toEqual({ kinds: ['lost orders insert'], codes: [] })
  })
  test('a row that came and went, a further update and a new table ask to be declared', () => {
    const gone = [row('1'), row('2'), row('1', 'orders delete')]
    const again = [row('1'), row('1', 'orders update'), row('2', 'orders update')]
    const baseline = fine.map((story) => ({ ...story, found: [row('1'), row('1', 'orders update')] }))
    expect(judged({ ...effects(rows), stories: [{ ...killed, found: gone }] }))
      .toEqual({ kinds: [], codes: ['declare-it'] })
    expect(judged({ ...effects(rows, update), baseline, stories: [{ ...killed, found: again }] }))
      .toEqual({ kinds: [], codes: ['declare-it'] })
    expect(judged({ ...effects(rows), stories: [{ ...killed, found: [row('1'), row('1', 'audit insert')] }] }))
      .toEqual({ kinds: [], codes: ['declare-it'] })
  })
  test('another content asks to be declared', () => {
    const other = { ...row('1'), content: { ...contentOf('m4'), total: '11' } }
    expect(judged({ ...effects(rows), stories: [{ ...killed, found: [other] }] }))
      .toEqual({ kinds: [], codes: ['declare-it'] })
  })
  test('the same as without faults is certified', () => {
    expect(judged(effects(rows))).toEqual({ kinds: [], codes: [] })
  })
})
