/** Rows that hold the message that wrote last: undone, lost, concurrent and right ones. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventBody } from '../model/event.ts'
import type { Judgement } from '../model/verdict.ts'
import { judge } from './judge.ts'
import type { Draft, EffectPlan, World } from './testing.ts'
import { ev, fine, history, killed, world } from './testing.ts'

const state: EffectPlan = { name: 'state', expectation: 'once', shared: 'last' }
const base = fine.map((story) => ({ ...story, key: 'c-1' }))
const step = 'step-k'

type Act = 'send' | 'again' | 'deliver' | 'ack' | 'write' | 'read'

/** What happens in one step to messages of one key, in this order: `['send', 'a']`. */
type Script = readonly (readonly [act: Act, message: string])[]

function drafts(script: Script, as: 'retry' | 'replay' = 'retry'): Draft[] {
  const numbers = new Map<string, number>()
  const next = (message: string): number => {
    numbers.set(message, (numbers.get(message) ?? 0) + 1)
    return numbers.get(message) ?? 0
  }
  return script.flatMap(([act, message]) => acts(act, message, act === 'ack' ? 0 : next(`${act} ${message}`), as))
    .map((body) => ev(body, step))
}

function acts(act: Act, message: string, number: number, as: 'retry' | 'replay'): EventBody[] {
  const head = { incarnation: 'i9', connection: 'k9', message }
  const operation = `${message} ${number}`
  switch (act) {
    case 'send': return [{ type: 'sent', message, copy: 1, outcome: 'ok', key: 'c-2' }]
    case 'again': return [{ type: 'sent', message, copy: number + 1, outcome: 'ok', key: 'c-2', as }]
    case 'deliver': return [
      { type: 'delivered', ...head, delivery: `${message}-${number}`, redelivered: false, lane: 'q' },
    ]
    case 'ack': return [{ type: 'settled', ...head, delivery: `${message}-1`, how: 'ack' },
      { type: 'settled', ...head, delivery: `${message}-2`, how: 'ack' }]
    case 'write': return [
      { type: 'operation-started', ...head, operation, link: 'db', kind: 'UPDATE', text: '', occurrence: 1,
        reads: false, oneWay: false, handshake: false, cause: 'token' },
      { type: 'operation-forwarded', operation },
    ]
    case 'read': return [{ type: 'effect-observed', effect: 'state', identity: 'c-2', message, content: {},
      reading: 'live', shared: { key: 'c-2', holds: message } }]
  }
}

interface Case {
  readonly holds: string | undefined
  readonly as?: 'retry' | 'replay'
  readonly plan?: World
}

function judged(script: Script, { holds, as, plan }: Case): Judgement {
  const messages = [...new Set(script.map(([, message]) => message))]
  const faults = [{ fault: 'duplicate', point: 'message' }]
  const own: Draft[] = [
    ev({ type: 'step-started', phase: 'sweep', context: 'cold', messages, faults }, step),
    ...drafts(script, as),
    ev({ type: 'fault-ended', fault: 'duplicate', point: 'message', end: 'fired', detail: '' }, step),
    ev({ type: 'step-ended', reason: 'settled' }, step),
  ]
  const events = world({
    effects: [state], baseline: base, stories: [{ ...killed, key: 'c-1' }], ...plan,
    rows: [{ effect: 'state', key: 'c-1', holds: 'm4' },
      { effect: 'state', key: 'c-2', ...holds === undefined ? {} : { holds } }],
  })
  const at = events.findIndex((event) => event.type === 'control-ended')
  return judge(history([...events.slice(0, at), ...own, ...events.slice(at)]))
}

function found(script: Script, plan: Case): string[] {
  return judged(script, plan).findings.map(({ anomaly, message }) => `${anomaly} ${message}`)
}

const one = (message: string): Script => [['send', message], ['deliver', message], ['ack', message]]
const again = (message: string): Script => [['again', message], ['deliver', message], ['ack', message]]
const aba: Script = [...one('a'), ...one('b'), ...again('a')]
const promised = { producerDuplicates: true }

describe('an older message after a newer one', () => {
  test('that undoes it is stale, and the detail names both', () => {
    const judgement = judged(aba, { holds: 'a', plan: promised })
    expect(judgement).toMatchObject({ verdict: 'violated', findings: [{
      anomaly: 'stale', effect: 'state', message: 'b',
      detail: 'state of c-2 shows a, although b was sent after it and settled: the older one has undone the newer',
    }] })
  })
  test('that changes nothing is right', () => {
    expect(found(aba, { holds: 'b', plan: promised })).toEqual([])
  })
  test('that was handed over again by the broker is its own doing', () => {
    const script: Script = [...one('a'), ...one('b'), ['deliver', 'a'], ['ack', 'a']]
    expect(found(script, { holds: 'a' })).toEqual(['stale b'])
  })
  test('by a late write without any delivery', () => {
    expect(found([...one('a'), ...one('b'), ['write', 'a']], { holds: 'a' })).toEqual(['stale b'])
  })
  test('outside the contract only measures', () => {
    for (const as of ['retry', 'replay'] as const) {
      const judgement = judged(aba, { holds: 'a', as })
      expect(judgement.findings).toEqual([])
      expect(judgement.observations.map(({ detail }) => detail)).toContainEqual(
        expect.stringContaining('undoes newer messages in state (1 of 1 messages)'))
    }
    expect(judged(aba, { holds: 'b' }).observations.map(({ detail }) => detail)).toContainEqual(
      expect.stringContaining('a second copy from the producer is kept out of state'))
    expect(found(aba, { holds: 'a', as: 'replay', plan: { replayWithinMs: 1000 } })).toEqual(['stale b'])
  })
})

describe('a newer message that the row does not show', () => {
  test('is lost where nothing came after it', () => {
    const judgement = judged([...one('a'), ...one('b')], { holds: 'a' })
    expect(judgement.findings).toMatchObject([{ anomaly: 'lost', message: 'b',
      detail: 'b was settled and state of c-2 shows a and not b, which was sent later' }])
  })
  test('is lost like all others where the row shows nobody', () => {
    expect(judged([...one('a'), ...one('b')], { holds: undefined }).findings).toMatchObject([
      { anomaly: 'lost', count: 2 }])
  })
  test('is nobody\'s fault when both were in flight at once', () => {
    const both: Script = [['send', 'a'], ['send', 'b'], ['deliver', 'a'], ['deliver', 'b']]
    for (const order of [['a', 'b'], ['b', 'a']] as const) {
      expect(found([...both, ['ack', order[0]], ['ack', order[1]]], { holds: 'a' })).toEqual([])
      expect(found([...both, ['ack', order[0]], ['ack', order[1]]], { holds: 'b' })).toEqual([])
    }
  })
  test('is stale when both were in flight and the older came again after it was settled', () => {
    const script: Script = [['send', 'a'], ['send', 'b'], ['deliver', 'a'], ['deliver', 'b'], ['ack', 'b'],
      ['deliver', 'a'], ['ack', 'a']]
    expect(found(script, { holds: 'a' })).toEqual(['stale b'])
  })
})

describe('a reading on the way', () => {
  const covered: Script = [...aba, ['read', 'a'], ...one('c')]
  test('is told, and stands only with a confirmation', () => {
    const judgement = judged(covered, { holds: 'c', plan: promised })
    expect(judgement).toMatchObject({ verdict: 'inconclusive', findings: [{ anomaly: 'stale', message: 'b' }] })
    expect(judgement.doubts.map(({ code }) => code)).toEqual(['unconfirmed'])
  })
  test('that is right says nothing', () => {
    expect(found([...aba, ['read', 'b'], ...one('c')], { holds: 'c', plan: promised })).toEqual([])
    expect(found([...one('a'), ['read', 'a'], ...one('b'), ...again('a')], { holds: 'b', plan: promised })).toEqual([])
  })
})

/** Messages one after the other, some of them again, in any order. */
const scripts = fc.array(fc.nat(5), { minLength: 1, maxLength: 12 }).map((places) => {
  const seen = new Set<number>()
  const newest = (): number => Math.max(...seen)
  const script = places.flatMap((place) => {
    const known = seen.has(place) || place < (seen.size === 0 ? -1 : newest())
    if (known && !seen.has(place)) return []
    seen.add(place)
    return known ? again(`k${place}`) : one(`k${place}`)
  })
  return { script, newest: `k${newest()}`, messages: [...seen].map((place) => `k${place}`) }
})

test('one that keeps the newest is never accused, and one that does not always is', () => {
  fc.assert(fc.property(scripts, fc.nat(), ({ script, newest, messages }, which) => {
    // At most two copies of a message have settlements in these scripts.
    fc.pre(messages.every((message) => script.filter(([act, of]) => act === 'deliver' && of === message).length <= 2))
    const holds = messages[which % messages.length] ?? newest
    const kinds = judged(script, { holds, plan: promised }).findings.map(({ anomaly }) => anomaly)
    if (holds === newest) expect(kinds).toEqual([])
    else expect(kinds.some((kind) => kind === 'stale' || kind === 'lost')).toBe(true)
  }), { numRuns: 150 })
})
