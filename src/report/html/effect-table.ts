/**
 * What was read back of one message's effects, side by side: a column per effect, a row per field, and a mark where
 * they differ. A field that only one of them has differs too.
 */
import type { EventOf } from '../../model/event.ts'
import { brief, markup, type Markup } from '../markup.ts'

const COLUMNS_MAX = 8
const FIELDS_MAX = 60
const VALUE_MAX = 300

type Effect = EventOf<'effect-observed'>

export function effectTables(effects: readonly Effect[]): Markup {
  const names = [...new Set(effects.map((event) => event.effect))]
  return markup`${names.map((name) => table(name, effects.filter((event) => event.effect === name)))}`
}

function table(name: string, effects: readonly Effect[]): Markup {
  const shown = effects.slice(0, COLUMNS_MAX)
  const fields = [...new Set(shown.flatMap((event) => Object.keys(event.content)))].slice(0, FIELDS_MAX)
  const rest = effects.length - shown.length
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="effects ${name}"><table class="effects">
<caption>${name}: ${effects.length} read back${rest > 0 ? `, ${rest} of them not shown` : ''}</caption>
<thead><tr><th scope="col">field</th>${shown.map((event) =>
    markup`<th scope="col">event ${event.seq}</th>`)}<th scope="col">compared</th></tr></thead>
<tbody><tr><th scope="row">identity</th>${shown.map((event) => markup`<td>${brief(event.identity, VALUE_MAX)}</td>`)}
<td></td></tr>
${fields.map((field) => fieldRow(field, shown))}</tbody></table></div>
`
}

function fieldRow(field: string, effects: readonly Effect[]): Markup {
  const values = effects.map((event) => valueOf(event, field))
  const differs = new Set(values).size > 1
  return markup`<tr${differs ? markup` class="differs"` : undefined}><th scope="row">${brief(field, 80)}</th>
${values.map((value) => markup`<td>${brief(value, VALUE_MAX)}</td>`)}
<td>${differs ? markup`<span class="mark">\u2260 differs</span>` : undefined}</td></tr>
`
}

function valueOf(event: Effect, field: string): string {
  const value = Object.hasOwn(event.content, field) ? event.content[field] : undefined
  if (value === undefined) return '(no such field)'
  return value === null ? '(null)' : String(value)
}
