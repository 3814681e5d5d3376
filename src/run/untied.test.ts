/** Faults at operations that nothing ties to a message, and what the judgement makes of a step that was made again. */
import { describe, expect, test } from 'vitest'
import { judge } from '../check/judge.ts'
import { ev, history, killed, killPoint, world, type Draft, type Story } from '../check/testing.ts'
import type { EventOf } from '../model/event.ts'
import { untiedStand } from './untied.ts'

type Cause = EventOf<'operation-started'>['cause']

const faults = [{ point: { name: killPoint, operation: 'db COMMIT#1' } }]

function commit(cause: Cause, incarnation = 'i1'): Draft {
  return ev({
    type: 'operation-started', incarnation, connection: `${incarnation}.db.1`, operation: `${incarnation}.1`,
    link: 'db', kind: 'COMMIT', text: '', occurrence: 1, reads: false, oneWay: false, handshake: false, cause,
  })
}

const held = ev({
  type: 'fault-held', fault: 'kill', point: killPoint, incarnation: 'i1', withheld: [], proven: 'ok',
})

test.each<[Cause, boolean]>([
  ['token', false], ['order', false], ['start', false], ['background', false], ['unattributed', true],
])('an operation whose cause is %s is untied: %s', (cause, untied) => {
  expect(untiedStand(history([commit(cause), held]), faults))
    .toBe(untied ? "db COMMIT#1 can't be tied to a message" : undefined)
})

test('the one that stood there counts, not one before it, after it or elsewhere', () => {
  expect(untiedStand(history([commit('unattributed'), commit('token'), held]), faults)).toBeUndefined()
  expect(untiedStand(history([commit('token'), held, commit('unattributed')]), faults)).toBeUndefined()
  expect(untiedStand(history([commit('token'), commit('unattributed', 'i2'), held]), faults)).toBeUndefined()
})

test('a fault that struck nothing stood nowhere', () => {
  expect(untiedStand(history([commit('unattributed')]), faults)).toBeUndefined()
})

describe('a step that was made again', () => {
  const twice: Story = { ...killed, found: [{}, {}] }
  const again: Story = { ...killed, message: 'm5', cell: 'c2' }
  const ofKill = (stories: readonly Story[]): unknown =>
    judge(world({ stories })).grid.find(({ point }) => point === killPoint)?.faults['kill']

  test('is what carried out the fault', () => {
    const deviated: Story = { ...killed, end: 'deviated' }
    expect(ofKill([deviated])).toMatchObject({ planned: 1, fired: 0, end: 'not-exercised' })
    expect(ofKill([deviated, again])).toMatchObject({ planned: 2, fired: 1, end: 'fired' })
    expect(judge(world({ stories: [deviated, again] })).verdict).toBe('certified')
  })

  test('is what accuses; what the first one showed is no proof, and no green either', () => {
    expect(judge(world({ stories: [twice, again] })).verdict).toBe('violated')
    expect(judge(world({ stories: [{ ...twice, end: 'deviated' }, again] })).verdict).toBe('inconclusive')
  })
})
