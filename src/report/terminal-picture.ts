/**
 * Turns what a terminal showed, colours included, into an SVG for the README. A program of its own:
 *
 *     script -qc 'stty cols 100; onceproof certify SUITE' /dev/null > captured
 *     node src/report/terminal-picture.ts TITLE < captured > reports/example/terminal.svg
 *
 * Of a line that was written over the last state is shown. Knows the colour sequences that reports write (SGR 0 to
 * 39) and drops every other one. Text stays text, so that the picture can be searched, copied and read aloud; it is
 * drawn from a real run, never by hand.
 */
import { text } from 'node:stream/consumers'

const CHAR_WIDTH = 8.4
const LINE_HEIGHT = 19
const MARGIN = 16
const TITLE_HEIGHT = 30
const COLUMNS_MIN = 60

/** On a dark ground; each has a contrast of 4.5 to 1 at least. */
const colours: Readonly<Record<string, string>> = {
  31: '#ff8f8f', 32: '#7ee2a0', 33: '#f2cf73', 36: '#7fd4e8',
}
const FOREGROUND = '#e6e6e6'
const DIM = '#a0a0a0'

interface Span {
  readonly text: string
  readonly colour: string
  readonly isBold: boolean
}

/** `what` is drawn in the title and read by those who can't see the picture. */
export function terminalPicture(captured: string, what: string): string {
  const lines = captured.replaceAll(/\r+\n/g, '\n').trimEnd().split('\n').map((line) => spansOf(lastState(line)))
  const columns = Math.max(COLUMNS_MIN, ...lines.map((line) => line.reduce((sum, span) => sum + span.text.length, 0)))
  const width = Math.ceil(columns * CHAR_WIDTH + 2 * MARGIN)
  const height = Math.ceil(lines.length * LINE_HEIGHT + 2 * MARGIN + TITLE_HEIGHT)
  const title = escaped(what)
  return `${[
    '<svg xmlns="http://www.w3.org/2000/svg" role="img"'
      + ` viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#1d1f21"/>`,
    '<g fill="#555"><circle cx="20" cy="18" r="5"/><circle cx="38" cy="18" r="5"/><circle cx="56" cy="18" r="5"/></g>',
    `<text x="${width / 2}" y="22" fill="${DIM}" font-family="sans-serif" font-size="12"`
      + ` text-anchor="middle">${title}</text>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14" fill="${FOREGROUND}">`,
    ...lines.map(lineElement),
    '</g>',
    '</svg>',
  ].join('\n')}\n`
}

function lineElement(spans: readonly Span[], i: number): string {
  const y = TITLE_HEIGHT + MARGIN + (i + 1) * LINE_HEIGHT - 5
  const parts = spans.map((span) => {
    const fill = span.colour === FOREGROUND ? '' : ` fill="${span.colour}"`
    const style = fill + (span.isBold ? ' font-weight="bold"' : '')
    return style === '' ? escaped(span.text) : `<tspan${style}>${escaped(span.text)}</tspan>`
  })
  return `<text x="${MARGIN}" y="${y}" xml:space="preserve">${parts.join('')}</text>`
}

function lastState(line: string): string {
  return line.slice(line.lastIndexOf('\r') + 1)
}

/** Splits a line at its colour sequences: ESC [ numbers m. */
function spansOf(line: string): Span[] {
  const spans: Span[] = []
  let colour = FOREGROUND
  let isBold = false
  for (const [, codes, piece] of line.matchAll(/(?:\u001b\[([\d;]*)m)|([^\u001b]+|\u001b(?:\[[^A-Za-z]*[A-Za-z])?)/g)) {
    if (codes === undefined) {
      const shown = (piece ?? '').replaceAll(/\u001b(?:\[[^A-Za-z]*[A-Za-z])?|[\u0000-\u001f]/g, '')
      if (shown !== '') spans.push({ text: shown, colour, isBold })
      continue
    }
    for (const code of codes === '' ? ['0'] : codes.split(';')) {
      if (code === '0') [colour, isBold] = [FOREGROUND, false]
      else if (code === '1') isBold = true
      else if (code === '2') colour = DIM
      else if (code === '22') [colour, isBold] = [colour === DIM ? FOREGROUND : colour, false]
      else if (code === '39') colour = FOREGROUND
      else colour = colours[code] ?? colour
    }
  }
  return spans
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

if (import.meta.main) {
  process.stdout.write(terminalPicture(await text(process.stdin), process.argv[2] ?? 'onceproof'))
}
