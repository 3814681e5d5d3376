/** Boundaries of raw frames: one more than frames in each stream, and only where all recordings agree. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundaryName, commonBoundaries, type RecordedFrame } from './raw-boundaries.ts'

function frames(link: string, direction: 'request' | 'reply', labels: string): RecordedFrame[] {
  return labels.split('').map((label) => ({ link, direction, label }))
}

test('before each frame and after the last, per link and direction', () => {
  const recording = [...frames('orders', 'reply', 'b'), ...frames('db', 'request', 'Q'), ...frames('db', 'reply', 'CZ')]
  const { boundaries, differences } = commonBoundaries([recording, recording, recording])
  expect(differences).toEqual([])
  expect(boundaries.map((one) => `${boundaryName(one)} ${one.label ?? 'end'}`)).toEqual([
    'raw orders reply 0 b', 'raw orders reply 1 end', 'raw db request 0 Q', 'raw db request 1 end',
    'raw db reply 0 C', 'raw db reply 1 Z', 'raw db reply 2 end',
  ])
})

test('where recordings differ, up to the difference, and it is told', () => {
  const { boundaries, differences } = commonBoundaries([
    frames('db', 'reply', 'CNZ'), frames('db', 'reply', 'CZ'),
    [...frames('db', 'reply', 'CZ'), ...frames('x', 'reply', 'a')],
  ])
  expect(boundaries.map((one) => one.at)).toEqual([0, 1])
  expect(differences).toEqual([
    'db reply: 3, 2, 2 frames, of which the first 1 agree', 'x reply: 0, 0, 1 frames, of which the first 0 agree',
  ])
})

test('property: equal recordings of n frames in k streams have n + k boundaries', () => {
  const frame = fc.record({
    link: fc.constantFrom('a', 'b'), direction: fc.constantFrom<'request' | 'reply'>('request', 'reply'),
    label: fc.constantFrom('P', 'B', 'E'),
  })
  fc.assert(fc.property(fc.array(frame, { maxLength: 20 }), (recording) => {
    const streams = new Set(recording.map(({ link, direction }) => `${link} ${direction}`))
    const { boundaries, differences } = commonBoundaries([recording, recording])
    expect(boundaries).toHaveLength(recording.length + streams.size)
    expect(new Set(boundaries.map(boundaryName)).size).toBe(boundaries.length)
    expect(differences).toEqual([])
  }))
})
