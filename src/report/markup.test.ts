/** Whatever is put into markup comes out as text, and what XML can't hold is made visible instead. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brief, joined, legible, markup } from './markup.ts'
import { hostile, parseStrict } from './testing.ts'

interface Parsed {
  readonly content: string | null
  readonly attribute: string | null
  readonly count: number
}

function parsed(text: string): Parsed {
  const document = parseStrict(text)
  const root = document.documentElement
  return {
    content: root?.textContent ?? null, attribute: root?.getAttribute('title') ?? null,
    count: document.getElementsByTagName('*').length,
  }
}

function holds(text: string): void {
  const { content, attribute, count } = parsed(markup`<p title="${text}">${text}</p>`.text)
  expect(content).toBe(legible(text))
  expect(attribute?.replaceAll(/\s/g, ' ')).toBe(legible(text).replaceAll(/\s/g, ' '))
  expect(count).toBe(1)
}

test.each(hostile.map((text) => [JSON.stringify(text).slice(0, 60), text]))('%s is text', (_, text) => holds(text))

test('any string is text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), holds))
})

test('markup inside markup stays, strings beside it do not', () => {
  expect(markup`<ul>${['<a>', markup`<li>${'<b>'}</li>`, 3, undefined]}</ul>`.text)
    .toBe('<ul>&lt;a&gt;<li>&lt;b&gt;</li>3</ul>')
  expect(joined([markup`<b/>`, '&'], ' < ').text).toBe('<b/> &lt; &amp;')
})

test('long texts are cut and say by how much', () => {
  expect(legible('x'.repeat(5000))).toBe(`${'x'.repeat(4000)}\u2026 (1000 more characters)`)
  expect(brief('a\n b\tc', 10)).toBe('a b c')
  expect(brief('x'.repeat(50), 10)).toHaveLength(10)
})
