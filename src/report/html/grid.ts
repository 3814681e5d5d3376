/**
 * The grid of points and faults: how often each was carried out, and the worst that came of it.
 *
 * One table per context and kind of place (an operation, two of them, the whole message, an error of a server), with
 * the columns that have anything in it: a fault that was left out has none, and is named among what was left out. What
 * did not happen carries a number that leads to its reason below. A cell is one row of the campaign's own account, so
 * its counts add up to what the verdict stands on. Points come in the order in which their operations first came;
 * without a journal in the order of the account.
 */
import { faults as registry } from '../../faults/registry.ts'
import { eventsOf, type History } from '../../model/history.ts'
import { operationKey, pointName } from '../../model/point.ts'
import type { SuiteReport } from '../../store/report-schema.ts'
import { placesOf, unitOf } from '../claim.ts'
import { brief, joined, markup, type Markup } from '../markup.ts'
import { endOf, kindOf } from '../scope-words.ts'

type GridRow = SuiteReport['grid'][number]
type GridCell = GridRow['faults'][string]

const ROWS_MAX = 2000
const REASONS_MAX = 40
/** More columns than these have their names upright. */
const LEVEL_MAX = 4
const contexts: readonly string[] = ['start', 'cold', 'warm', 'convoy', 'recovery', 'rest']

const places = ['operation', 'error', 'pair', 'message'] as const
type Place = (typeof places)[number]

const titles: Readonly<Record<Place, string>> = {
  operation: '', error: ': errors of servers', pair: ': one stands at the first, its twin at the second',
  message: ': the whole message',
}

export function gridTable(suite: SuiteReport, history: History = []): Markup {
  const order = placesIn(history)
  const placeOf = (row: GridRow): number => order.get(row.point) ?? Infinity
  const rows = suite.grid.slice(0, ROWS_MAX).sort((a, b) => compare(placeOf(a), placeOf(b)))
  if (rows.length === 0) return markup`<p class="hint">No point was found.</p>`
  const rest = suite.grid.length - rows.length
  const reasons = reasonsIn(rows)
  const all = [...new Set([...contexts, ...rows.map((row) => row.context)])]
  const tables = all.flatMap((context) => places.map((place) =>
    tableOf({ suite, context, place, reasons }, rows.filter((row) => row.context === context))))
  return markup`<p class="hint">A number is how often the fault was carried out there.
<span class="cell ok">\u2714 nothing wrong</span> <span class="cell bad">\u2716 an anomaly</span>
<span class="cell hatched">? not exercised</span>
<span class="cell apart">n/a not applicable: it can't happen there</span>
<span class="cell none">\u2013 not planned</span></p>
${tables}${reasonList(reasons)}
${rest > 0 ? markup`<p class="hint">${rest} more points are in report.json.</p>` : undefined}`
}

/** By name of the point; `before` an operation comes before `after` it. */
function placesIn(history: History): ReadonlyMap<string, number> {
  const keys = new Set(eventsOf(history, 'operation-started').map(operationKey))
  return new Map([...keys].flatMap((key, i): [string, number][] =>
    [[pointName(key, 'before'), 2 * i], [pointName(key, 'after'), 2 * i + 1]]))
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}

function placeOfFault(name: string): Place {
  const kind = kindOf(name)
  const fault = Object.hasOwn(registry, kind) ? registry[kind] : undefined
  if (fault?.needs === 'errors') return 'error'
  const unit = unitOf(name)
  return unit === 'pairs' ? 'pair' : unit === 'message' ? 'message' : 'operation'
}

interface Part {
  readonly suite: SuiteReport
  readonly context: string
  readonly place: Place
  readonly reasons: readonly string[]
}

function tableOf(part: Part, ofContext: readonly GridRow[]): Markup | undefined {
  const { suite, context, place, reasons } = part
  const found = new Set(ofContext.flatMap((row) => Object.keys(row.faults)))
  const known = suite.scope.faults.filter((fault) => found.has(fault))
  const columns = [...new Set([...known, ...found])].filter((fault) => placeOfFault(fault) === place)
  const rows = ofContext.filter((row) => columns.some((fault) => Object.hasOwn(row.faults, fault))
    || place === 'operation' && Object.keys(row.faults).length === 0)
  if (rows.length === 0) return undefined
  const title = `${context}${titles[place]}`
  const look = columns.length > LEVEL_MAX ? 'grid steep' : 'grid'
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${title}, ${suite.name}">
<table class="${look}"><caption>${title}</caption>
<thead><tr><th scope="col">point</th>${columns.map((fault) =>
    markup`<th scope="col"><span>${fault}</span></th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr><th scope="row">${nameElement(row, columns)}</th>
${columns.map((fault) => cellElement(Object.hasOwn(row.faults, fault) ? row.faults[fault] : undefined, reasons))}</tr>
`)}</tbody></table></div>
`
}

function nameElement(row: GridRow, columns: readonly string[]): Markup {
  const [first = row.point, second] = placesOf(columns[0] ?? '', row.point)
  return markup`<code>${first}</code>${second === undefined ? undefined : markup`<br/><code>${second}</code>`}
${row.also.length === 0 ? undefined : markup`<span class="also">also ${joined(row.also, ', ')}</span>`}`
}

function cellElement(cell: GridCell | undefined, reasons: readonly string[]): Markup {
  if (cell === undefined || cell.planned === 0 && cell.fired === 0) {
    return markup`<td class="cell none" title="not planned">\u2013</td>`
  }
  const { planned, fired, worst } = cell
  const count = fired < planned ? `${fired} of ${planned}` : String(fired)
  const end = endOf(cell)
  if (worst !== null) return markup`<td class="cell bad">\u2716 <span>${worst}</span> <small>${count}</small></td>`
  if (end === 'fired') return markup`<td class="cell ok">\u2714 ${count}</td>`
  const number = reasons.indexOf(reasonOf(cell) ?? '') + 1
  const mark = number === 0 ? undefined : markup` <sup>${number}</sup>`
  const why = brief(reasonOf(cell) ?? end.replace('-', ' '), 300)
  return end === 'not-applicable' ? markup`<td class="cell apart" title="${why}">n/a${mark}</td>`
    : markup`<td class="cell hatched" title="${why}">? ${count}${mark}</td>`
}

/** In words that tell the two apart; undefined where nothing was written down, or it fired. */
function reasonOf(cell: GridCell): string | undefined {
  const end = endOf(cell)
  if (end === 'fired' || cell.why === undefined || cell.why === '') return undefined
  return `${end === 'not-applicable' ? 'not applicable' : 'not exercised'}: ${cell.why}`
}

function reasonsIn(rows: readonly GridRow[]): string[] {
  const all = rows.flatMap((row) => Object.values(row.faults).map(reasonOf)).filter((why) => why !== undefined)
  return [...new Set(all)].slice(0, REASONS_MAX)
}

function reasonList(reasons: readonly string[]): Markup | undefined {
  if (reasons.length === 0) return undefined
  return markup`<ol class="reasons">${reasons.map((why) => markup`<li>${why}</li>`)}</ol>
`
}
