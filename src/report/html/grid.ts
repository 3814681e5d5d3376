/**
 * The grid of points and faults, grouped by context: how often each was carried out, and the worst that came of it.
 *
 * What was planned and did not happen is hatched and says so; what was never planned is a dash. A cell is one row of
 * the campaign's own account, so its counts add up to what the verdict stands on. Points come in the order in which
 * their operations first came; without a journal in the order of the account.
 */
import { eventsOf, type History } from '../../model/history.ts'
import { operationKey, pointName } from '../../model/point.ts'
import type { SuiteReport } from '../../store/report-schema.ts'
import { joined, markup, type Markup } from '../markup.ts'

type GridRow = SuiteReport['grid'][number]
type GridCell = GridRow['faults'][string]

const ROWS_MAX = 2000
const contexts: readonly string[] = ['start', 'cold', 'warm', 'convoy', 'recovery', 'rest']

export function gridTable(suite: SuiteReport, history: History = []): Markup {
  const places = placesIn(history)
  const placeOf = (row: GridRow): number => places.get(row.point) ?? Infinity
  const rows = suite.grid.slice(0, ROWS_MAX).sort((a, b) => compare(placeOf(a), placeOf(b)))
  if (rows.length === 0) return markup`<p class="hint">No point was found.</p>`
  const faults = [...new Set([...suite.scope.faults, ...rows.flatMap((row) => Object.keys(row.faults))])]
  const order = [...new Set([...contexts, ...rows.map((row) => row.context)])]
  const rest = suite.grid.length - rows.length
  return markup`<p class="hint">A number is how often the fault was carried out there.
<span class="cell ok">\u2714 nothing wrong</span> <span class="cell bad">\u2716 an anomaly</span>
<span class="cell hatched">not exercised</span> <span class="cell none">\u2013 not planned</span></p>
<div class="scroll" tabindex="0" role="region" aria-label="points and faults of ${suite.name}"><table class="grid">
<thead><tr><th scope="col">point</th>${faults.map((fault) => markup`<th scope="col">${fault}</th>`)}</tr></thead>
${order.map((context) => contextRows(context, rows.filter((row) => row.context === context), faults))}
</table></div>
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

function contextRows(context: string, rows: readonly GridRow[], faults: readonly string[]): Markup | undefined {
  if (rows.length === 0) return undefined
  const also = (row: GridRow): Markup | undefined => (row.also.length === 0 ? undefined
    : markup`<span class="also">also ${joined(row.also, ', ')}</span>`)
  return markup`<tbody><tr class="context"><th scope="rowgroup" colspan="${faults.length + 1}">${context}</th></tr>
${rows.map((row) => markup`<tr><th scope="row"><code>${row.point}</code>${also(row)}</th>
${faults.map((fault) => cellElement(Object.hasOwn(row.faults, fault) ? row.faults[fault] : undefined))}</tr>
`)}</tbody>
`
}

function cellElement(cell: GridCell | undefined): Markup {
  if (cell === undefined || cell.planned === 0 && cell.fired === 0) {
    return markup`<td class="cell none" title="not planned">\u2013</td>`
  }
  const { planned, fired, worst } = cell
  const count = fired < planned ? `${fired} of ${planned}` : String(fired)
  if (worst !== null) return markup`<td class="cell bad">\u2716 ${worst} <small>${count}</small></td>`
  if (fired < planned) return markup`<td class="cell hatched">not exercised <small>${count}</small></td>`
  return markup`<td class="cell ok">\u2714 ${count}</td>`
}
