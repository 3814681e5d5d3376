/** Kills at raw frame boundaries held against the named points: by world, and over everything. */
import { describe, expect, test } from 'vitest'
import { compareExhaustive } from './exhaustive.ts'
import { judge } from './judge.ts'
import { ev, history, killed, learn, stepId, world, type Draft, type Reading, type Story } from './testing.ts'

const point = 'db COMMIT#1 after'
const doubled: readonly Reading[] = [{}, {}]

/** A cold kill of a message; `done` are the operations that were over, by their kind. */
function struck(message: string, place: string, done: readonly string[], more: Partial<Story> = {}): Story {
  const story: Story = { ...killed, message, context: 'cold', faults: [{ fault: 'kill', point: place }], ...more }
  return { ...story, also: done.flatMap((kind) => operation(story, kind)) }
}

function operation(story: Story, kind: string): Draft[] {
  const id = `${story.message} ${kind}`
  const incarnation = `${story.message}-i1`
  return [
    ev({
      type: 'operation-started', incarnation, connection: `${incarnation}-k`, operation: id, link: 'db', kind, text: '',
      occurrence: 1, reads: kind === 'SELECT', oneWay: false, handshake: false, cause: 'token', message: story.message,
    }, stepId(story)),
    ev({
      type: 'operation-ended', operation: id, outcome: kind === 'LOCK' ? 'failed' : 'ok', detail: '',
    }, stepId(story)),
  ]
}

const cold = ev({ type: 'point-found', point, also: [], context: 'cold', faults: ['kill'] })

function told(...stories: readonly Story[]): ReturnType<typeof compareExhaustive> {
  return compareExhaustive(world({ stories, also: [cold] }))
}

function raw(message: string, place: string, done: readonly string[], more: Partial<Story> = {}): Story {
  return struck(message, place, done, { phase: 'exhaustive', ...more })
}

describe('agreement', () => {
  const named = struck('m4', point, ['COMMIT'], { found: doubled })
  test('is per world, which reads, failures and the successor have no part in', () => {
    const found = told(named,
      raw('m5', 'raw db reply 0', ['COMMIT', 'SELECT'], { found: doubled }),
      raw('m6', 'raw db reply 1', ['COMMIT', 'LOCK'], { found: doubled }))
    expect(found).toMatchObject({ boundaries: 2, worlds: 1, points: 1, disagreements: [], missed: [] })
    expect(found.raw[0]).toMatchObject({ world: ['db COMMIT#1'], shown: ['duplicate of invoice'] })
  })
  test('is broken by another outcome in the same world', () => {
    const found = told(named, struck('m5', 'x', []), raw('m6', 'raw db reply 0', ['COMMIT']),
      raw('m7', 'raw db request 0', [], { found: doubled }))
    expect(found.disagreements).toEqual([
      'one world, several outcomes: nothing wrong at raw db reply 0; '
        + `duplicate of invoice at ${point}`,
      'one world, several outcomes: duplicate of invoice at raw db request 0; nothing wrong at x',
    ])
  })
  test('is broken by a world without a named point, and by an anomaly that only one side shows', () => {
    expect(told(struck('m4', point, ['COMMIT']), raw('m5', 'raw db reply 0', [], { found: doubled })).disagreements)
      .toEqual([
        'duplicate of invoice at raw db reply 0: no named point shows it',
        'raw db reply 0: no named point leaves its world',
      ])
    expect(told(named, raw('m5', 'raw db reply 0', [])).disagreements).toEqual([
      `duplicate of invoice at ${point}: no raw frame boundary shows it`,
      'raw db reply 0: no named point leaves its world',
    ])
  })
  test('is not broken by a world that only a named point leaves', () => {
    const found = told(struck('m4', point, ['COMMIT']), struck('m5', 'x', []), raw('m6', 'raw db reply 0', []))
    expect(found).toMatchObject({ worlds: 1, disagreements: [] })
  })
})

describe('reads and writes at once', () => {
  test('leave one world, however far the reads had got', () => {
    const named = struck('m4', point, ['COMMIT'], { found: doubled })
    const found = told(named, raw('m5', 'raw db request 1', ['COMMIT'], { found: doubled }),
      raw('m6', 'raw db reply 0', ['SELECT', 'COMMIT'], { found: doubled }),
      raw('m7', 'raw db reply 1', ['COMMIT', 'SELECT'], { found: doubled }))
    expect(found).toMatchObject({ boundaries: 3, worlds: 1, disagreements: [] })
  })
  test('leave several when a read has written: the world alone does not explain what came of it', () => {
    const found = told(struck('m4', point, ['SELECT', 'COMMIT'], { found: doubled }),
      raw('m5', 'raw db reply 0', ['COMMIT']))
    expect(found.disagreements).toContain(
      `one world, several outcomes: nothing wrong at raw db reply 0; duplicate of invoice at ${point}`)
  })
})

test('a boundary that no step came to is missed, unless a second try did', () => {
  const never = { faultEnd: 'not-exercised', end: 'not-exercised' } as const
  const found = told(killed, raw('m5', 'raw db reply 0', [], never), raw('m6', 'raw db reply 1', [], never),
    raw('m7', 'raw db reply 1', []))
  expect(found).toMatchObject({ boundaries: 2, missed: ['raw db reply 0'] })
})

describe('in the judgement', () => {
  test('its steps are no findings, points or messages', () => {
    const judged = judge(world({ stories: [killed, raw('m5', 'raw db reply 0', [], { found: doubled })] }))
    expect(judged).toMatchObject({ verdict: 'certified', findings: [], points: { k: 1, K: 1 }, messages: { sent: 4 } })
  })
  test.each([
    ['exhaustive-disagreed', { boundaries: 9, worlds: 3, points: 3, disagreements: ['raw db reply 0: no'] }],
    ['exhaustive-not-exercised', { boundaries: 9, worlds: 3, points: 3, disagreements: [], missed: ['raw x 0'] }],
    ['exhaustive-empty', { boundaries: 0, worlds: 0, points: 3, disagreements: [] }],
    ['malformed-fact', { boundaries: 'many' }],
  ])('%s blocks', (code, value) => {
    const judged = judge(history([...world(), learn('exhaustive', value)]))
    expect(judged.verdict).toBe('inconclusive')
    expect(judged.doubts).toMatchObject([{ code, blocking: true }])
  })
  test('agreement costs nothing', () => {
    const value = { boundaries: 9, worlds: 3, points: 3, disagreements: [], missed: [] }
    expect(judge(history([...world(), learn('exhaustive', value)])).verdict).toBe('certified')
  })
})
