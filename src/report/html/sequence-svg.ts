/**
 * A sequence as SVG that stands inside a page: lanes from left to right, rows from top to bottom.
 *
 * Every row leads to its event in the list below the picture and is titled with its number and its whole text; labels
 * that are too long for their place are cut. Colours come from the page's style sheet, so that they follow its theme;
 * what a colour says, a word or a mark says too.
 */
import { brief, markup, type Markup } from '../markup.ts'
import type { Lane, Sequence } from './sequence.ts'
import type { Row, Span, Tone } from './sequence-rows.ts'

/** Of all lanes together, as far as the labels between them can be read. */
const WIDTH_WANTED = 1090
const LANE_WIDTH_MIN = 150
const LANE_WIDTH_MAX = 220
const ROW_HEIGHT = 34
const HEAD_HEIGHT = 54
const CHAR_WIDTH = 7
const ARROW = 7

const marks: Readonly<Record<Tone, string>> = { plain: '', again: '\u21bb ', fault: '\u26a1 ', bad: '\u2716 ' }

export interface Drawing {
  readonly title: string
  /** Anchors of events are this and their number. */
  readonly anchor: string
  readonly startMs: number
}

export function sequenceSvg(sequence: Sequence, drawing: Drawing): Markup {
  const { lanes, rows, spans } = sequence
  const laneWidth = Math.min(LANE_WIDTH_MAX, Math.max(LANE_WIDTH_MIN, Math.floor(WIDTH_WANTED / lanes.length)))
  const width = lanes.length * laneWidth
  const height = HEAD_HEIGHT + (rows.length + 1) * ROW_HEIGHT
  const places = new Map(lanes.map((lane, i) => [lane.id, (i + 0.5) * laneWidth]))
  return markup`<svg class="sequence" role="group" aria-label="${drawing.title}"
viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
${lanes.map((lane) => lifeline(lane, { x: places.get(lane.id) ?? 0, rows, height }))}
${spans.map((span) => spanElement(span, { x: places.get(span.lane) ?? 0, rows, height }))}
${lanes.map((lane) => head(lane, places.get(lane.id) ?? 0, laneWidth))}
${rows.map((row, i) => rowElement(row, { places, width, laneWidth, y: HEAD_HEIGHT + (i + 1) * ROW_HEIGHT, drawing }))}
</svg>`
}

function head(lane: Lane, x: number, laneWidth: number): Markup {
  const chars = Math.floor((laneWidth - 24) / CHAR_WIDTH)
  return markup`<g><title>${lane.title}, ${lane.role}</title>
<rect class="lane" x="${x - laneWidth / 2 + 8}" y="2" width="${laneWidth - 16}" height="40" rx="6"/>
<text class="lane-title" x="${x}" y="19">${brief(lane.title, chars)}</text>
<text class="lane-role" x="${x}" y="34">${brief(lane.role, chars)}</text></g>
`
}

interface Line {
  readonly x: number
  readonly rows: readonly Row[]
  readonly height: number
}

/** A process has a line from where it is first seen to its end; everything else is there all the time. */
function lifeline(lane: Lane, { x, rows, height }: Line): Markup {
  const isLife = lane.id.startsWith('life:')
  const first = isLife ? rows.findIndex((row) => row.from === lane.id || row.to === lane.id) : 0
  const last = isLife ? rows.findIndex((row) => row.ends === true && row.from === lane.id) : -1
  const from = first <= 0 ? 42 : HEAD_HEIGHT + (first + 0.4) * ROW_HEIGHT
  const to = last === -1 ? height - 6 : HEAD_HEIGHT + (last + 1) * ROW_HEIGHT
  const kind = isLife ? 'line life' : 'line'
  return markup`<line class="${kind}" x1="${x}" y1="${from}" x2="${x}" y2="${to}"/>
`
}

/** Over the line of a process. One whose rows are left out is not drawn. */
function spanElement({ kind, from, to }: Span, { x, rows, height }: Line): Markup | undefined {
  const first = rows.findIndex((row) => row.seq === from)
  if (first === -1) return undefined
  const last = to === undefined ? -1 : rows.findIndex((row) => row.seq === to)
  const end = last === -1 ? height - 6 : HEAD_HEIGHT + (last + 1) * ROW_HEIGHT
  const begin = HEAD_HEIGHT + (first + 1) * ROW_HEIGHT
  return markup`<line class="line ${kind}" x1="${x}" y1="${begin}" x2="${x}" y2="${end}"/>
`
}

interface RowPlace {
  readonly places: ReadonlyMap<string, number>
  readonly width: number
  readonly laneWidth: number
  readonly y: number
  readonly drawing: Drawing
}

function rowElement(row: Row, place: RowPlace): Markup {
  const { anchor, startMs } = place.drawing
  const events = row.also.length === 0 ? `event ${row.seq}` : `events ${[row.seq, ...row.also.slice(0, 8)].join(', ')}`
  const said = row.said === undefined ? '' : `: ${row.said}`
  const title = `${events}, at ${(row.atMs - startMs).toFixed(1)} ms: ${row.label}${said}`
  return markup`<a href="#${anchor}${row.seq}" tabindex="-1" class="row ${row.tone}"><title>${brief(title, 600)}</title>
${row.from === undefined || row.to === undefined ? note(row, place) : arrow(row, row.from, row.to, place)}</a>
`
}

function arrow(row: Row, from: string, to: string, { places, y }: RowPlace): Markup {
  const start = places.get(from) ?? 0
  const whole = places.get(to) ?? 0
  const end = row.stops === undefined ? whole : (start + whole) / 2
  const side = whole > start ? 1 : -1
  const tip = end - side * ARROW
  const chars = Math.floor((Math.abs(whole - start) - 20) / CHAR_WIDTH)
  const cross = row.stops === 'held' ? 'm-3 -6l0 12m6 -12l0 12' : 'm-5 -5l10 10m0 -10l-10 10'
  const stop = markup`<path class="stop" d="M${end} ${y}${cross}"/>`
  const head = markup`<path class="tip" d="M${end} ${y}L${tip} ${y - 4}L${tip} ${y + 4}Z"/>`
  return markup`<line class="shaft" x1="${start}" y1="${y}" x2="${end}" y2="${y}"/>
${row.stops === undefined ? head : stop}
<text class="label" x="${(start + whole) / 2}" y="${y - 8}">${fitted(row, chars)}</text>`
}

/** What was answered is never cut away. */
function fitted(row: Row, chars: number): string {
  const end = row.said === undefined ? '' : brief(`: ${row.said}`, Math.ceil(chars / 2))
  return brief(marks[row.tone] + row.label, chars - end.length) + end
}

/** At one lane, or over all of them. */
function note(row: Row, { places, width, laneWidth, y }: RowPlace): Markup {
  const own = row.from === undefined ? undefined : places.get(row.from)
  const chars = Math.floor(((own === undefined ? width : laneWidth) - 24) / CHAR_WIDTH)
  const text = brief(marks[row.tone] + row.label, chars)
  const wide = own === undefined ? width - 16 : Math.min(laneWidth - 12, text.length * CHAR_WIDTH + 18)
  const x = own ?? width / 2
  return markup`<rect class="note" x="${x - wide / 2}" y="${y - 13}" width="${wide}" height="23" rx="4"/>
<text class="note-text" x="${x}" y="${y + 3}">${text}</text>`
}
