/**
 * The first view of a run: verdict and claim, the suites of a run of several, doubts, findings, and the run's facts.
 *
 * Doubts are never folded: what a verdict does not mean belongs beside it.
 */
import { eventsOf, type History } from '../../model/history.ts'
import type { Verdict } from '../../model/verdict.ts'
import type { Report, SuiteReport } from '../../store/report-schema.ts'
import { exitMeanings, notClaimed, verdictWords } from '../claim.ts'
import { brief, joined, markup, type Markup } from '../markup.ts'
import { faultWords, leftOutWords, listed, notApplicableWords, outsideOf, profileWords } from '../scope-words.ts'
import { copyable, placeElement, section, verdictMarks } from './parts.ts'

const FINDINGS_MAX = 500
const DOUBTS_MAX = 500

export function verdictBar(report: Report): Markup {
  const [first] = report.suites
  const single = report.suites.length === 1 ? first : undefined
  const words = single === undefined ? report.verdict : verdictWords(single)
  const ended = report.run.end === 'completed' ? '' : `, ${report.run.end}`
  return markup`<header class="bar ${report.verdict}"><div>
<h1><span aria-hidden="true">${verdictMarks[report.verdict]}</span> ${words.toUpperCase()}${ended}</h1>
${single === undefined ? markup`<p>${countWords(report)}</p>` : suiteWords(single)}
<p class="hint">Exit code ${report.exitCode}: ${exitMeanings[report.exitCode] ?? 'unknown'}.</p>
</div></header>
`
}

function suiteWords(suite: SuiteReport): Markup {
  return markup`<p><strong>${suite.name}</strong>, ${profileWords(suite)}</p><p>${suite.claim}</p>`
}

function countWords({ suites }: Report): string {
  const counts = (['violated', 'inconclusive', 'certified'] as const)
    .map((verdict) => ({ verdict, count: suites.filter((suite) => suite.verdict === verdict).length }))
    .filter(({ count }) => count > 0).map(({ verdict, count }) => `${count} ${verdict}`)
  return counts.length === 0 ? 'No suite was judged.' : `Of ${suites.length} suites: ${listed(counts)}.`
}

export function verdictWord(verdict: Verdict, words: string): Markup {
  const mark = markup`<span aria-hidden="true">${verdictMarks[verdict]}</span>`
  return markup`<span class="verdict ${verdict}">${mark} ${words}</span>`
}

/** Of a run of several suites. */
export function suiteTable(report: Report, anchorOfSuite: (i: number) => string): Markup {
  return section('Suites', markup`<table class="wide stacked"><thead><tr><th scope="col">suite</th>
<th scope="col">verdict</th><th scope="col">points</th><th scope="col">findings</th><th scope="col">blocking doubts</th>
</tr></thead><tbody>
${report.suites.map((suite, i) => markup`<tr><th scope="row"><a href="#${anchorOfSuite(i)}">${suite.name}</a></th>
<td>${verdictWord(suite.verdict, verdictWords(suite))}</td>
<td data-label="points">${suite.points.k} of ${suite.points.K}</td>
<td data-label="findings">${suite.findings.length}</td>
<td data-label="blocking doubts">${suite.doubts.filter((doubt) => doubt.blocking).length}</td></tr>
`)}</tbody></table>`)
}

export function suiteHead(suite: SuiteReport, anchor: string): Markup {
  return markup`<h2 id="${anchor}">${suite.name}</h2>
<p>${verdictWord(suite.verdict, verdictWords(suite).toUpperCase())}, ${profileWords(suite)}</p>
<p>${suite.claim}</p>
`
}

export function doubtList(suite: SuiteReport): Markup | undefined {
  if (suite.doubts.length === 0) return undefined
  const sorted = [...suite.doubts.filter((doubt) => doubt.blocking), ...suite.doubts.filter((doubt) => !doubt.blocking)]
  const rest = sorted.length - DOUBTS_MAX
  return section('Doubts', markup`<ul class="doubts">
${sorted.slice(0, DOUBTS_MAX).map((doubt) => markup`<li class="${doubt.blocking ? 'blocking' : 'other'}">
<strong class="${doubt.blocking ? 'unsure-word' : ''}">? ${doubt.code}</strong>
${doubt.blocking ? '(blocks a certificate)' : '(not blocking)'}: ${doubt.detail}</li>
`)}</ul>${rest > 0 ? markup`<p class="hint">${rest} more are in report.json.</p>` : undefined}`)
}

export function findingTable(suite: SuiteReport, anchorOfFinding: (i: number) => string | undefined): Markup {
  const rest = suite.findings.length - FINDINGS_MAX
  if (suite.findings.length === 0) {
    return section('Findings', markup`<p>${suite.failure === undefined ? 'None.' : `Not run: ${suite.failure}`}</p>`)
  }
  return section('Findings', markup`<table class="wide stacked"><thead><tr><th scope="col">what</th>
<th scope="col">where</th><th scope="col">messages</th><th scope="col">seen again</th><th scope="col">replay</th></tr>
</thead><tbody>
${suite.findings.slice(0, FINDINGS_MAX).map((finding, i) => findingRow(finding, anchorOfFinding(i)))}</tbody></table>
${rest > 0 ? markup`<p class="hint">${rest} more are in report.json.</p>` : undefined}`)
}

function findingRow(finding: SuiteReport['findings'][number], anchor: string | undefined): Markup {
  const what = markup`<span aria-hidden="true">\u2716</span> ${finding.anomaly} ${finding.effect}`
  const where = finding.schedule.length === 0 ? markup`without any fault`
    : joined(finding.schedule.map(({ fault, point }) =>
      markup`<strong>${fault}</strong>${placeElement(fault, point)}`), ', then ')
  return markup`<tr><th scope="row" class="bad-word">${anchor === undefined ? what
    : markup`<a href="#${anchor}">${what}</a>`}</th>
<td>${where} <small>(${finding.context})</small><span class="also">${brief(finding.detail, 300)}</span></td>
<td data-label="messages">${finding.count}</td>
<td data-label="seen again">${finding.confirmed.k} of ${finding.confirmed.n}</td>
<td><div class="copy">${copyable(finding.replay)}</div></td></tr>
`
}

export function observationList(suite: SuiteReport): Markup | undefined {
  if (suite.observations.length === 0) return undefined
  return section('Observations and limits', markup`<ul>${suite.observations.map((one) =>
    markup`<li><strong>${one.kind}</strong>: ${one.detail} <small>(\u00d7 ${one.count})</small></li>`)}</ul>
<p class="hint">They change no verdict.</p>`)
}

/** What the verdict stands on, and what follows from it for nobody. */
export function suiteFacts(suite: SuiteReport, history: History | undefined): Markup {
  const { faults, messageCounts: messages, subject } = suite
  const start = history === undefined ? undefined : eventsOf(history, 'run-started')[0]
  const planted = suite.controls.map((one) => markup`<li>${one.seen ? '\u2714 seen' : '\u2716 NOT SEEN'}:
${one.what} of ${one.effect} <small>(${one.how})</small></li>`)
  return section('What it stands on', markup`<dl>
<dt>suite</dt><dd><code>${suite.file}</code><br/><small>sha256 ${suite.suiteHash}</small></dd>
<dt>points</dt><dd>${suite.points.k} of ${suite.points.K} exercised (${listed(suite.scope.contexts)})</dd>
<dt>faults</dt><dd>${faults.fired} of ${faults.planned} fired, ${faults.notApplicable} not applicable</dd>
${scopeRows(suite)}
<dt>messages</dt><dd>${messages.sent} sent, ${messages.complete} complete, ${messages.deliveries} deliveries,
${messages.redeliveries} of them repeated</dd>
<dt>controls</dt><dd>${planted.length === 0 ? 'none planted' : markup`<ul>${planted}</ul>`}</dd>
<dt>subject</dt><dd>${subject === null ? 'unknown' : subjectWords(subject)}</dd>
<dt>versions</dt><dd>${Object.entries(suite.versions).map(([name, version]) => `${name} ${version}`).join(', ')}</dd>
<dt>host</dt><dd>${start === undefined ? 'unknown: no journal'
    : `${start.host.platform}, ${start.host.cores} cores, node ${start.host.node}`}</dd>
<dt>journal</dt><dd><code>${suite.history}</code></dd>
<dt>took</dt><dd>${(suite.durationMs / 1000).toFixed(1)} s</dd>
<dt>not claimed</dt><dd><ul>${notClaimed(suite).map((one) => markup`<li>${one}</li>`)}</ul></dd>
</dl>`)
}

/** What was asked for, and what of it was not done. */
function scopeRows(suite: SuiteReport): Markup {
  const outside = outsideOf(suite.scope)
  const out = [...leftOutWords(suite), ...notApplicableWords(suite)]
  const all = listed(suite.scope.faults)
  const words = faultWords(suite)
  return markup`<dt>scope</dt><dd>${words}${words.startsWith(all) ? undefined : markup`<br/><small>${all}</small>`}</dd>
${outside === undefined ? undefined : markup`<dt>outside of it</dt><dd>${outside}</dd>`}
${out.length === 0 ? undefined
    : markup`<dt>left out</dt><dd><ul>${out.map((one) => markup`<li>${one}</li>`)}</ul></dd>`}`
}

function subjectWords(subject: NonNullable<SuiteReport['subject']>): Markup {
  const { commit, dirty, interpreter } = subject
  const where = commit === undefined ? '' : `, commit ${commit}${dirty === true ? ' with changes' : ''}`
  return markup`<code>${subject.command.join(' ')}</code><br/>
<small>sha256 ${subject.hash} of ${subject.files} files${where};
${interpreter.path} ${interpreter.version}</small>`
}

export function runFacts({ run, tool }: Report): Markup {
  return section('This run', markup`<dl>
<dt>command</dt><dd><div class="copy">${copyable(run.command)}</div></dd>
<dt>seed</dt><dd><div class="copy">${copyable(run.seed)}</div></dd>
<dt>started</dt><dd>${run.startedAt}, took ${(run.durationMs / 1000).toFixed(1)} s, ${run.end}</dd>
<dt>made by</dt><dd>${tool.name} ${tool.version}</dd>
</dl>`)
}
