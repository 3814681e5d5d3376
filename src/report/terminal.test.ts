/** What fits a terminal, and which streams are terminals. */
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openTerminal, paint, plain, wrap } from './terminal.ts'

const stream = { isTTY: true, columns: 80, write: () => true }

test.each([
  [{}, true, true, true],
  [{ NO_COLOR: '1' }, true, true, false],
  [{ NO_COLOR: '' }, true, true, true],
  [{ CI: 'true' }, true, false, true],
  [{ TERM: 'dumb' }, true, false, false],
  [{}, false, false, false],
  [{ FORCE_COLOR: '1' }, false, false, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, false, true],
  [{ FORCE_COLOR: '0' }, true, true, false],
])('%o, terminal %s: live %s, colour %s', (env, isTTY, isLive, hasColour) => {
  expect(openTerminal({ ...stream, isTTY }, env)).toMatchObject({ isLive, hasColour })
})

test('a file has no width', () => {
  expect(openTerminal({ write: () => true }, {}).columns).toBeUndefined()
})

test('wrapped lines fit and lose nothing but spaces', () => {
  fc.assert(fc.property(fc.string(), fc.integer({ min: 12, max: 200 }), (text, width) => {
    const lines = wrap(text, width, { first: '  x ', next: '    ' })
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
    expect(lines.join('').replace('  x', '').replaceAll(/\s/g, '')).toBe(plain(text).replaceAll(/\s/g, ''))
  }))
})

test('colours add no characters, and none without them', () => {
  expect(stripVTControlCharacters(paint({ hasColour: true }, 'red', 'x'))).toBe('x')
  expect(paint({ hasColour: true }, 'red', 'x')).not.toBe('x')
  expect(paint({ hasColour: false }, 'red', 'x')).toBe('x')
})

test('a subject can not write to the screen through a report', () => {
  expect(plain('a\u001b[2Jb\r\nc')).toBe('a [2Jb c')
})
