/** Captured text becomes a picture that keeps the text and the colours, and is well formed. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { terminalPicture } from './terminal-picture.ts'

function shownTexts(svg: string): string[] {
  return [...svg.matchAll(/<text x="16"[^>]*>(.*)<\/text>/g)].map(([, inner = '']) => inner
    .replaceAll(/<[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&'))
}

test('colours become spans', () => {
  const svg = terminalPicture('\u001b[31mVIOLATED\u001b[39m plain \u001b[1mbold\u001b[22m\n', 'a < b')
  expect(svg).toContain('<tspan fill="#ff8f8f">VIOLATED</tspan> plain <tspan font-weight="bold">bold</tspan>')
  expect(svg).toContain('<title>a &lt; b</title>')
})

test('other sequences are dropped', () => {
  expect(shownTexts(terminalPicture('old\r\u001b[2Ka\u001b[38;5;7mb\u001b]\r\n', 'x'))).toEqual(['ab]'])
})

test('every printable text is kept, and nothing breaks the markup', () => {
  const line = fc.string({ unit: 'grapheme-ascii' })
  fc.assert(fc.property(fc.array(line, { minLength: 1 }), (lines) => {
    const whole = [...lines, 'end']
    const svg = terminalPicture(whole.join('\n'), 'x')
    expect(shownTexts(svg)).toEqual(whole)
    expect(svg.match(/<text x="16"/g)).toHaveLength(whole.length)
  }))
})
