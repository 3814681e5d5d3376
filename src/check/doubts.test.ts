/**
 * Everything that must cost the green: each change of the certified world, and the doubt that it raises.
 *
 * Those of the issue are among them: a proxy gone around, a fault switched off, a blind effect query, a subject that
 * consumes nothing, a settling time cut short, an unknown frame.
 */
import { describe, expect, test } from 'vitest'
import type { Event } from '../model/event.ts'
import { judge, judgeWith } from './judge.ts'
import { checkers } from './registry.ts'
import type { Draft, Story, World } from './testing.ts'
import { ev, fine, killed, killPoint, learn, stepId, world } from './testing.ts'

/** Codes of the blocking doubts of a run that must end inconclusive without any finding. */
function codes(history: readonly Event[]): string[] {
  const judged = judge(history)
  expect(judged.verdict).toBe('inconclusive')
  return [...new Set(judged.doubts.filter((doubt) => doubt.blocking).map((doubt) => doubt.code))]
}

const learned = (what: string) => (draft: Draft): boolean => draft.type === 'learned' && draft.what === what

function without(drop: (draft: Draft) => boolean, plan: World = {}): string[] {
  return codes(world({ ...plan, without: drop }))
}

function withEvent(...also: readonly Draft[]): string[] {
  return codes(world({ also }))
}

describe('the harness did not see everything', () => {
  test('a connection that no tap saw', () => {
    expect(withEvent(learn('links', [{ link: 'db', seen: 4, tapped: 2, own: 1 }]))).toEqual(['bypass'])
  })
  test('a tap that saw connections which the server did not', () => {
    expect(withEvent(learn('links', [{ link: 'db', seen: 2, tapped: 2, own: 1 }]))).toEqual(['bypass'])
  })
  test('nobody counted', () => {
    expect(without(learned('links'))).toEqual(['links-not-counted'])
  })
  test('an effect whose identity leads nowhere', () => {
    const found = [{ ...killed, found: [{ identity: '' }] }]
    expect(codes(world({ stories: found }))).toEqual(['no-identity'])
  })

  test('a link whose proxy nothing goes through', () => {
    expect(withEvent(learn('proxied', { orders: true, db: false }))).toEqual(['proxy-bypassed'])
    expect(without(learned('proxied'))).toEqual(['proxies-not-proven'])
  })

  test('a server that does not count is printed and does not block', () => {
    const judged = judge(world({ also: [learn('links', [{ link: 'db', seen: null, tapped: 2, own: 1 }])] }))
    expect(judged).toMatchObject({ verdict: 'certified', doubts: [{ code: 'links-not-counted', blocking: false }] })
  })
  test('undecoded bytes, when they may change something', () => {
    const unknown = (mayChangeState: boolean): Draft => (
      ev({ type: 'unknown-bytes', link: 'db', connection: 'k', detail: 'kind 0x7a', mayChangeState })
    )
    expect(withEvent(unknown(true))).toEqual(['unknown-bytes'])
    expect(judge(world({ also: [unknown(false)] })).verdict).toBe('certified')
  })
  test('rows that no message is tied to', () => {
    expect(withEvent(learn('attribution', { rows: 7, attributed: 6 }))).toEqual(['unattributed-rows'])
    expect(judge(world({ also: [learn('attribution', { rows: 7, attributed: 7 })] })).verdict).toBe('certified')
  })
})

describe('the harness did not wait or read', () => {
  test('a settling time cut short, or never waited for', () => {
    expect(withEvent(learn('tail', { planned: 100, waited: 99 }))).toEqual(['tail-cut-short'])
    expect(without(learned('tail'))).toEqual(['tail-cut-short'])
  })
  test('a loss is no violation when the settling time was cut short', () => {
    const found = [{ ...killed, found: [] }]
    const judged = judge(world({ stories: found, also: [learn('tail', { planned: 100, waited: 20 })] }))
    expect(judged).toMatchObject({ verdict: 'inconclusive', findings: [{ anomaly: 'lost' }] })
    expect(judged.doubts.map((doubt) => doubt.code)).toEqual(['tail-cut-short', 'unconfirmed'])
  })
  test('no final readings', () => {
    expect(without((draft) => draft.type === 'effect-observed' || draft.type === 'backlog-observed'))
      .toContain('no-final-readings')
  })
  test('a cell that was not read back', () => {
    const there: Story = { ...killed, message: 'm5', cell: 'c2', found: [] }
    const without = (draft: Draft): boolean => draft.cell === 'c2' && draft.type === 'backlog-observed'
    expect(codes(world({ stories: [killed, there], without })))
      .toEqual(['no-final-readings', 'unaccounted'])
  })
  test('messages that the broker still holds', () => {
    expect(withEvent(ev({ type: 'backlog-observed', ready: 0, unsettled: 1 }))).toEqual(['backlog-left'])
    expect(judge(world({ also: [ev({ type: 'backlog-observed', ready: 0, unsettled: 0 })] })).verdict).toBe('certified')
    // Nobody tells it what is over.
    const also = [ev({ type: 'backlog-observed', ready: 4, unsettled: 0 })]
    expect(judge(world({ settlement: 'query', also })).verdict).toBe('certified')
  })
  test('a run that did not complete', () => {
    expect(without((draft) => draft.type === 'run-ended')).toEqual(['run-not-completed'])
    for (const reason of ['budget', 'interrupted', 'error'] as const) {
      expect(without((draft) => draft.type === 'run-ended', { also: [ev({ type: 'run-ended', reason })] }))
        .toEqual(['run-not-completed'])
    }
  })
})

describe('the oracle might be blind', () => {
  test('a planted bug that nobody saw', () => {
    const control = (what: 'loss' | 'duplicate'): Draft => (
      ev({ type: 'control-ended', effect: 'invoice', what, seen: false, how: 'the query groups by id' })
    )
    expect(withEvent(control('duplicate'))).toEqual(['duplicate-not-visible'])
    expect(withEvent(control('loss'))).toEqual(['loss-not-visible'])
  })
  test('a bug that was never planted', () => {
    expect(without((draft) => draft.type === 'control-ended' && draft.what === 'loss')).toEqual(['control-missing'])
  })
  test('what a control plants is no finding', () => {
    const control: Story = { message: 'm9', phase: 'controls', found: [{}, {}] }
    expect(judge(world({ stories: [killed, control] }))).toMatchObject({ verdict: 'certified', findings: [] })
  })
  test('a checker that throws', () => {
    const broken = { kind: 'stuck', check: () => { throw new RangeError('no such thing') } } as const
    const judged = judgeWith(world(), [...checkers, broken])
    expect(judged).toMatchObject({ verdict: 'inconclusive', doubts: [{ code: 'checker-failed', blocking: true }] })
    const bad = world({ stories: [{ ...killed, found: [{}, {}] }] })
    expect(judgeWith(bad, [...checkers, broken]).verdict).toBe('violated')
  })
  test('merged points that behave differently on their own', () => {
    expect(withEvent(learn('merge-check', { checked: 5, disagreed: 1 }))).toEqual(['merge-disagreed'])
  })
  test('facts that cannot be read, or are not there', () => {
    expect(withEvent(learn('tail', 'soon'))).toEqual(['malformed-fact'])
    expect(without(learned('suite'))).toContain('no-suite')
  })
  test('whatever the run itself doubted', () => {
    const doubt = (blocking: boolean): Draft => (
      ev({ type: 'doubted', code: 'emulator', detail: 'not the real one', blocking })
    )
    expect(withEvent(doubt(true))).toEqual(['emulator'])
    expect(judge(world({ also: [doubt(false)] })))
      .toMatchObject({ verdict: 'certified', doubts: [{ code: 'emulator' }] })
  })
})

describe('the baseline teaches nothing', () => {
  test('a subject that consumes nothing', () => {
    const silent = (story: Story): Story => (
      { ...story, deliveries: [], found: [], end: 'unsettled', faultEnd: 'none' }
    )
    const judged = judge(world({ baseline: fine.map(silent), stories: [silent(killed)] }))
    expect(judged).toMatchObject({ verdict: 'inconclusive', findings: [] })
    expect(judged.doubts.map((doubt) => doubt.code)).toEqual(expect.arrayContaining(
      ['nothing-consumed', 'not-exercised', 'no-baseline']))
  })
  test('no fault-free message, or only one', () => {
    expect(codes(world({ baseline: [] }))).toContain('no-baseline')
    expect(codes(world({ baseline: fine.slice(0, 1) }))).toEqual(['thin-baseline'])
  })
  test('another number each time', () => {
    const baseline = fine.map((story, index) => (
      { ...story, found: Array.from({ length: index + 1 }, (_, at) => ({ identity: `${story.message} ${at}` })) }
    ))
    expect(codes(world({ baseline }))).toEqual(['unstable-baseline'])
  })
  test('an effect that never appears', () => {
    const effects = [{ name: 'invoice', expectation: 'once' }, { name: 'mail', expectation: 'once' }] as const
    const only = (story: Story): Story => ({ ...story, found: [{}] })
    expect(codes(world({ effects, baseline: fine.map(only), stories: [only(killed)] }))).toEqual(['effect-not-seen'])
  })
  test('a subject that keeps ending by itself', () => {
    const exit = ev({ type: 'incarnation-exited', incarnation: 'i', code: 1, signal: null }, 'step-m1')
    const [first, ...others] = fine
    const baseline = (exits: number): Story[] => (
      [{ message: 'm1', ...first, also: Array.from({ length: exits }, () => exit) }, ...others]
    )
    expect(codes(world({ baseline: baseline(3) }))).toEqual(['crash-loop'])
    expect(judge(world({ baseline: baseline(2) })).verdict).toBe('certified')
  })
})

describe('faults that did not come about', () => {
  test('a fault switched off: armed and never ended, or ended without having fired', () => {
    expect(codes(world({ stories: [{ ...killed, faultEnd: 'none', deliveries: ['ack'] }] }))).toEqual(['not-exercised'])
    expect(codes(world({ stories: [{ ...killed, faultEnd: 'not-exercised' }] }))).toEqual(['not-exercised'])
  })
  test('a point that no step went to', () => {
    const judged = judge(world({ stories: [] }))
    expect(judged).toMatchObject({ verdict: 'inconclusive', points: { k: 0, K: 1 }, faults: { fired: 0, planned: 1 } })
    expect(codes(world({ stories: [], without: (draft) => draft.type === 'point-found' }))).toEqual(['no-points'])
  })
  test('a point in a context that no step went to', () => {
    const cold = ev({ type: 'point-found', point: killPoint, also: [], context: 'cold', faults: ['kill'] })
    expect(judge(world({ also: [cold] })).points).toEqual({ k: 1, K: 2 })
    expect(withEvent(cold)).toEqual(['not-exercised'])
  })
  test('a kill of an open message that did not come back', () => {
    const story: Story = { ...killed, deliveries: [undefined], deadLetter: 'dlq', found: [] }
    expect(codes(world({ stories: [story], deadLetter: ['dlq'] }))).toEqual(['not-exercised', 'no-redelivery'])
  })
  test('a fired fault in a step that strayed or was given up', () => {
    for (const end of ['deviated', 'aborted', 'not-exercised'] as const) {
      expect(codes(world({ stories: [{ ...killed, end }] }))).toEqual(['not-exercised'])
    }
  })
  test('the redone step makes up for it', () => {
    const again: Story = { ...killed, message: 'm5' }
    expect(judge(world({ stories: [{ ...killed, end: 'deviated' }, again] }))).toMatchObject({
      verdict: 'certified', points: { k: 1, K: 1 }, grid: [{ faults: { kill: { planned: 2, fired: 1 } } }],
    })
  })
  test('not applicable is counted apart', () => {
    const judged = judge(world({ stories: [{ ...killed, faultEnd: 'not-applicable', deliveries: ['ack'] }] }))
    expect(judged).toMatchObject({ points: { k: 1, K: 1 }, faults: { fired: 0, planned: 0, notApplicable: 1 } })
  })
  test('a point is known by each of its names', () => {
    const faults = [{ fault: 'kill', point: 'orders ack#1 before' }]
    expect(judge(world({ stories: [{ ...killed, faults }] }))).toMatchObject({ verdict: 'certified', points: { k: 1 } })
  })
  test('a recovery point is exercised by the step that its cause began', () => {
    const deeper = 'db SELECT#1 after'
    const found = ev({ type: 'point-found', point: deeper, also: [], context: 'recovery', faults: ['kill'] })
    const step: Story = {
      ...killed, message: 'm5', phase: 'recovery', deliveries: [undefined, undefined, 'ack'],
      faults: [...killed.faults ?? [], { fault: 'kill', point: deeper }],
    }
    expect(judge(world({ stories: [killed, step], also: [found] })))
      .toMatchObject({ verdict: 'certified', points: { k: 2, K: 2 } })
    expect(judge(world({ stories: [killed], also: [found] })))
      .toMatchObject({ verdict: 'inconclusive', points: { k: 1, K: 2 } })
  })
  test('a discarded message, and nobody looked into the declared dead letter queue', () => {
    const story: Story = { ...killed, deliveries: [undefined, 'discard'], found: [] }
    const without = (draft: Draft): boolean => draft.type === 'learned' && draft.what === 'dead-letters'
    expect(codes(world({ deadLetter: ['dlq'], stories: [story], without })))
      .toEqual(['dead-letters-not-read', 'unaccounted'])
  })
  test('messages sent outside any step', () => {
    const stray = ev({ type: 'sent', message: 'm77', copy: 1, outcome: 'ok' })
    expect(withEvent(stray)).toEqual(['stray-messages'])
    expect(stepId(killed)).toBe('step-m4')
  })
})

test('a request of the dead one that ended its message brings nothing back', () => {
  const head = { incarnation: 'm4-i1', connection: 'm4-i1-k', delivery: 'm4-i1-d', message: 'm4' }
  const faults = [{ fault: 'kill', point: killPoint }]
  const landed = (detail: string): Story => ({
    ...killed, faults, deliveries: [undefined], also: [
      ev({ type: 'fault-did', fault: 'kill', point: killPoint, verb: 'forward', detail }, stepId(killed)),
      ev({ type: 'settled', ...head, how: 'ack' }, stepId(killed)),
    ],
  })
  expect(codes(world({ stories: [landed('forwarded db COMMIT#1')] }))).not.toContain('not-exercised')
  expect(codes(world({ stories: [landed('it was gone')] }))).toContain('not-exercised')
})
