/**
 * Observations: printed, counted, and without any weight in the verdict.
 */
import { expect, test } from 'vitest'
import type { EventBody } from '../model/event.ts'
import { judge } from './judge.ts'
import type { Draft, Story } from './testing.ts'
import { ev, fine, killed, world } from './testing.ts'

function operation(story: Story, kind: string, connection: string): Draft[] {
  const step = `step-${story.message}`
  const id = `${story.message} ${kind}`
  const started: EventBody = {
    type: 'operation-started', incarnation: 'i0', connection, operation: id, link: 'db', kind, text: '', occurrence: 1,
    reads: kind === 'SELECT', oneWay: false, handshake: false, cause: 'order', message: story.message,
  }
  return [
    ev(started, step),
    ev({ type: 'operation-forwarded', operation: id }, step),
    ev({ type: 'operation-ended', operation: id, outcome: 'ok', detail: '' }, step),
  ]
}

function kinds(baseline: readonly Story[], stories: readonly Story[] = [killed]): string[] {
  const judged = judge(world({ baseline, stories }))
  expect(judged.verdict).toBe('certified')
  return judged.observations.map((observation) => observation.kind)
}

/** `also` comes after the settlement in a told story. */
function after(kind: string, connection: (story: Story) => string): Story[] {
  return fine.map((story) => ({ ...story, also: operation(story, kind, connection(story)) }))
}

test('early-ack: a change of state that goes on after the settlement', () => {
  expect(kinds(after('INSERT', () => 'k-db'))).toContain('early-ack')
})

test('early-ack: not for a read, nor for the settling request itself', () => {
  expect(kinds(after('SELECT', () => 'k-db'))).not.toContain('early-ack')
  expect(kinds(after('ack', (story) => `${story.message}-i1-k`))).not.toContain('early-ack')
})

test('early-ack: something published on the settling connection afterwards counts', () => {
  const stories = fine.map((story) => {
    const connection = `${story.message}-i1-k`
    return { ...story, also: [...operation(story, 'ack', connection), ...operation(story, 'publish', connection)] }
  })
  expect(kinds(stories)).toContain('early-ack')
})

test('slow-recovery: an effect later than the learned tail, and not one within it', () => {
  const seen = (atMs: number): Story => ({ ...killed, also: [ev({
    type: 'effect-observed', effect: 'invoice', identity: 'id of m4', message: 'm4', content: {}, reading: 'live',
  }, 'step-m4', { atMs })] })
  expect(kinds(fine, [seen(101)])).toContain('slow-recovery')
  expect(kinds(fine, [seen(100)])).not.toContain('slow-recovery')
})

test('repeated-delivery: more than the producer sent', () => {
  expect(kinds(fine, [killed])).toContain('repeated-delivery')
  expect(kinds(fine, [{ ...killed, copies: 2, deliveries: ['ack', 'ack'], killedAfter: 2 }]))
    .not.toContain('repeated-delivery')
})
