/**
 * Histories in few words, for the tests of everything that reads one.
 *
 * `world()` is a small campaign that certifies: three fault-free messages, one point killed warm, planted controls,
 * everything waited for, counted and read back. A test changes the one thing that it is about. Not for production
 * code: nothing here is true of any broker.
 */
import type { Content, SharedHow, SharedReading } from '../model/effect.ts'
import type { Event, EventBody, EventHead, Phase, SentAs, StepEnd } from '../model/event.ts'
import type { Context } from '../model/point.ts'
import type { Settlement } from '../model/wire.ts'

/** An event that has no place in the order yet. */
export type Draft = EventBody & Omit<EventHead, 'seq'>

export interface Place {
  readonly cell?: string
  readonly atMs?: number
}

export function ev(body: EventBody, step?: string, place: Place = {}): Draft {
  const head = { cell: place.cell ?? 'c1', atMs: place.atMs ?? 0 }
  return step === undefined ? { ...body, ...head } : { ...body, ...head, step }
}

/** Numbers the drafts; with gaps, so that a test can put something in between. */
export function history(drafts: readonly Draft[]): Event[] {
  return drafts.map((draft, index) => ({ ...draft, seq: (index + 1) * 10 }))
}

export const killPoint = 'db COMMIT#1 after'

export function learn(what: string, value: unknown, cell = 'c1'): Draft {
  return ev({ type: 'learned', what, value }, undefined, { cell })
}

export interface Reading {
  readonly effect?: string
  readonly identity?: string
  readonly content?: Content
}

/** One message's step: how it is broken, what is settled, what is found of it at the end. */
export interface Story {
  readonly message: string
  readonly phase?: Phase
  readonly context?: Context
  readonly cell?: string
  readonly copies?: number
  /** What the copies after the first are. */
  readonly as?: SentAs
  readonly undecodable?: boolean
  readonly key?: string
  readonly amount?: number
  readonly lane?: string
  readonly faults?: readonly { readonly fault: string; readonly point: string }[]
  /** How each delivery ended; undefined: it stayed open. */
  readonly deliveries?: readonly (Settlement | undefined)[]
  /** After which delivery the subject is killed, from 1. */
  readonly killedAfter?: number
  readonly faultEnd?: 'fired' | 'not-exercised' | 'not-applicable' | 'none'
  readonly end?: StepEnd
  readonly confirms?: string
  readonly found?: readonly Reading[]
  readonly deadLetter?: string
  /** Further events before the step's end. */
  readonly also?: readonly Draft[]
}

export function stepId(story: Story): string {
  return `step-${story.message}`
}

/** The step's events, without its final readings. */
export function told(story: Story): Draft[] {
  const step = stepId(story)
  const place = { cell: story.cell ?? 'c1' }
  const { message } = story
  const event = (body: EventBody): Draft => ev(body, step, place)
  const faults = story.faults ?? []
  const sent = Array.from({ length: story.copies ?? 1 }, (_, copy) => {
    const as = story.undecodable === true ? 'undecodable' : copy > 0 ? story.as : undefined
    return event({
      type: 'sent', message, copy: copy + 1, outcome: 'ok',
      ...as === undefined ? {} : { as },
      ...story.key === undefined ? {} : { key: story.key },
      ...story.amount === undefined ? {} : { amount: story.amount },
      ...story.lane === undefined ? {} : { lane: story.lane },
    })
  })
  return [
    event({
      type: 'step-started', phase: story.phase ?? 'sweep', context: story.context ?? 'warm', messages: [message],
      faults,
      ...(story.confirms === undefined ? {} : { confirms: story.confirms }),
    }),
    ...sent,
    ...(story.deliveries ?? ['ack']).flatMap((how, index) => delivery({ story, how, index, event })),
    ...faults.flatMap(({ fault, point }) => (story.faultEnd === 'none' ? [] : [
      event({ type: 'fault-ended', fault, point, end: story.faultEnd ?? 'fired', detail: '' }),
    ])),
    ...(story.deadLetter === undefined ? []
      : [event({ type: 'dead-letter-observed', message, queue: story.deadLetter })]),
    ...(story.also ?? []),
    event({ type: 'step-ended', reason: story.end ?? 'settled' }),
  ]
}

interface Delivery {
  readonly story: Story
  readonly how: Settlement | undefined
  readonly index: number
  readonly event: (body: EventBody) => Draft
}

function delivery({ story, how, index, event }: Delivery): Draft[] {
  const incarnation = `${story.message}-i${index + 1}`
  const head = { incarnation, connection: `${incarnation}-k`, delivery: `${incarnation}-d`, message: story.message }
  const killed = story.killedAfter !== index + 1 ? [] : [
    ...(story.faults ?? []).map(({ fault, point }) => (
      event({ type: 'fault-did', fault, point, verb: 'kill', detail: '' })
    )),
    event({ type: 'incarnation-exited', incarnation, code: null, signal: 'SIGKILL', because: 'fault' }),
    event({ type: 'incarnation-started', incarnation: `${incarnation}-next`, spare: false, pid: 2 }),
    event({ type: 'incarnation-ready', incarnation: `${incarnation}-next` }),
  ]
  return [
    event({ type: 'delivered', ...head, redelivered: index > 0, lane: 'orders' }),
    ...(how === undefined ? [] : [event({ type: 'settled', ...head, how })]),
    ...killed,
  ]
}

/** Final readings; one row of `invoice` unless the story says what is found. */
export function readBack(story: Story, effects: readonly string[] = ['invoice']): Draft[] {
  const found = story.found ?? effects.map((effect): Reading => ({ effect }))
  return found.map((reading) => ev({
    type: 'effect-observed',
    effect: reading.effect ?? 'invoice',
    identity: reading.identity ?? `id of ${story.message}`,
    message: story.message,
    content: reading.content ?? contentOf(story.message),
    reading: 'final',
  }, undefined, { cell: story.cell ?? 'c1' }))
}

/** `total` means something, `at` is different in every message. */
export function contentOf(message: string): Content {
  return { order_id: '{id}', total: '10', at: `time of ${message}` }
}

export interface EffectPlan {
  readonly name: string
  readonly expectation: 'once' | 'at-least-once' | 'at-most-once'
  readonly kind?: string
  readonly declared?: boolean
  readonly shared?: SharedHow
}

/** A final reading of a row that messages share. */
export interface RowReading extends SharedReading {
  readonly effect: string
  readonly cell?: string
}

export interface World {
  readonly effects?: readonly EffectPlan[]
  readonly producerDuplicates?: boolean
  readonly replayWithinMs?: number
  readonly dedupWindowMs?: number
  readonly reject?: boolean
  readonly settlement?: 'none' | 'query'
  readonly deadLetter?: readonly string[]
  readonly rows?: readonly RowReading[]
  readonly stories?: readonly Story[]
  readonly baseline?: readonly Story[]
  /** Events before the end of the run. */
  readonly also?: readonly Draft[]
  /** Leaves events out. */
  readonly without?: (draft: Draft) => boolean
}

/** The story of a correct consumer that was killed after its commit. */
export const killed: Story = {
  message: 'm4',
  faults: [{ fault: 'kill', point: killPoint }],
  deliveries: [undefined, 'ack'],
  killedAfter: 1,
}

export const fine: readonly Story[] = ['m1', 'm2', 'm3'].map((message): Story => (
  { message, phase: 'baseline', context: 'warm' }
))

export function world(plan: World = {}): Event[] {
  const stories = [...plan.baseline ?? fine, ...plan.stories ?? [killed]]
  const names = (plan.effects ?? [{ name: 'invoice' }]).map((effect) => effect.name)
  const own = (plan.effects ?? [{ name: 'invoice' }]).filter((effect) => !('shared' in effect))
    .map((effect) => effect.name)
  const cells = [...new Set(['c1', ...stories.map((story) => story.cell ?? 'c1')])]
  const drafts = [
    learn('suite', suiteFacts(plan)),
    ev({ type: 'incarnation-started', incarnation: 'i0', spare: false, pid: 1 }),
    ev({ type: 'incarnation-ready', incarnation: 'i0' }),
    ev({ type: 'point-found', point: killPoint, also: ['orders ack#1 before'], context: 'warm', faults: ['kill'] }),
    ...stories.flatMap(told),
    ...names.flatMap((effect) => (['loss', 'duplicate'] as const).map((what) => (
      ev({ type: 'control-ended', effect, what, seen: true, how: 'as a second row' })
    ))),
    learn('proxied', { orders: true }),
    learn('links', [{ link: 'orders', seen: 5, tapped: 3, own: 2 }]),
    ...cells.map((cell) => learn('tail', { planned: 100, waited: 120 }, cell)),
    learn('merge-check', { checked: 5, disagreed: 0 }),
    ...stories.flatMap((story) => readBack(story, own)),
    ...(plan.rows ?? []).map(sharedRow),
    ...((plan.deadLetter ?? []).length === 0 ? []
      : cells.map((cell) => learn('dead-letters', { queues: plan.deadLetter }, cell))),
    ...cells.map((cell) => ev({ type: 'backlog-observed', ready: 0, unsettled: 0 }, undefined, { cell })),
    ...(plan.also ?? []),
    ev({ type: 'run-ended', reason: 'completed' }),
  ]
  return history(drafts.filter((draft) => plan.without?.(draft) !== true))
}

function sharedRow({ effect, cell, ...shared }: RowReading): Draft {
  return ev({
    type: 'effect-observed', effect, identity: shared.key, message: undefined, content: {}, reading: 'final', shared,
  }, undefined, { cell: cell ?? 'c1' })
}

function suiteFacts(plan: World): unknown {
  const effects = plan.effects ?? [{ name: 'invoice', expectation: 'once' }]
  return {
    name: 'orders',
    effects: effects.map((effect) => ({ kind: 'sql', declared: true, ...effect })),
    profile: 'quick',
    contract: {
      ...plan.producerDuplicates === undefined ? {} : { producerDuplicates: plan.producerDuplicates },
      ...plan.replayWithinMs === undefined ? {} : { replayWithinMs: plan.replayWithinMs },
      ...plan.dedupWindowMs === undefined ? {} : { dedupWindowMs: plan.dedupWindowMs },
    },
    reject: plan.reject ?? false,
    settlement: plan.settlement ?? 'wire',
    deadLetter: plan.deadLetter ?? [],
    horizonMs: 1000,
    tailMs: 100,
  }
}
