/**
 * The section of one finding: its story, its schedule, the picture, what was read back, how far the message came, what
 * the subject said around the fault, the usual cure, and the whole of it as an issue.
 *
 * Everything but the story and the schedule needs the journal; without one the section says so.
 */
import type { Event } from '../../model/event.ts'
import { eventsOf } from '../../model/history.ts'
import { alsoCalled } from '../claim.ts'
import { cures } from '../cures.ts'
import { brief, joined, markup, type Markup, type Piece } from '../markup.ts'
import { effectTables } from './effect-table.ts'
import type { Evidence, FindingReport } from './evidence.ts'
import { issueText } from './issue.ts'
import { copyable, placeElement } from './parts.ts'
import { sequenceOf } from './sequence.ts'
import { sequenceSvg } from './sequence-svg.ts'
import { ladderOf, storyOf, storyOfFault, type Rung } from './story.ts'

const EVENTS_MAX = 250
const OUTPUT_LINES = 50
const LINE_MAX = 400
const LETTERS_MAX = 12
const LETTER_NAME_MAX = 60

export interface SectionPlace {
  readonly suite: string
  /** The id of the section's element. */
  readonly anchor: string
}

export function findingSection(finding: FindingReport, evidence: Evidence | undefined, place: SectionPlace): Markup {
  const story = storyOf(finding, evidence)
  const { anchor } = place
  return markup`<section class="finding" id="${anchor}">
<h3><span class="bad-word">\u2716 ${finding.anomaly}</span> ${finding.effect}
<small><a href="#${anchor}">${finding.id}</a></small></h3>
<p class="story">${story}</p>
<p>${confirmedWords(finding)}</p>
<div class="copy">${copyable(finding.replay)}</div>
<h4>Schedule</h4>
${scheduleList(finding)}
${evidence === undefined || evidence.events.length === 0
    ? markup`<p class="hint">No journal of its steps is beside this report, so how it happened can't be drawn.</p>`
    : shownEvidence(evidence, anchor)}
<h4>Usual cure</h4>
${cureText(finding)}
<details><summary>Copy as issue (Markdown)</summary>
<div class="copy">${copyable(issueText(finding, story, place.suite))}</div></details>
</section>
`
}

function confirmedWords({ confirmed, count }: FindingReport): string {
  const again = confirmed.n === 0
    ? 'It was not tried again in a clean cell'
    : `Seen again in ${confirmed.k} of ${confirmed.n} clean ${confirmed.n === 1 ? 'cell' : 'cells'}`
  return `${again}; ${count === 1 ? 'one message shows' : `${count} messages show`} it.`
}

function scheduleList(finding: FindingReport): Markup {
  if (finding.schedule.length === 0) {
    return markup`<ol><li>One message is sent. No fault is needed.</li></ol>`
  }
  const also = alsoCalled(finding)
  const sent = finding.context === 'convoy' ? 'Several messages are sent at once; one in the middle is struck.'
    : `One message is sent (${finding.context}).`
  return markup`<ol><li>${sent}</li>
${finding.schedule.map(({ fault, point }) =>
    markup`<li><strong>${fault}</strong>${placeElement(fault, point)}: ${storyOfFault(fault)}.</li>`)}
<li>Everything goes on until it is quiet.</li></ol>
${also.length === 0 ? undefined : markup`<p class="hint">The same place is also called
${joined(also.map((point) => markup`<code>${point}</code>`), ', ')}.</p>`}`
}

function shownEvidence(evidence: Evidence, anchor: string): Markup {
  const { finding, finals } = evidence
  const own = finals.filter((event) => event.effect === finding.effect)
  const others = finals.filter((event) => event.effect !== finding.effect)
  const events = `${anchor}-e`
  const sideBySide = markup`<h4>Effects side by side</h4>${effectTables([...own, ...others])}
<p class="hint">A value such as <code>{/id}</code> is the message's own at that place.</p>`
  return markup`<h4>What happened</h4>
${diagram(evidence, events)}
${own.length > 1 ? sideBySide : undefined}
<h4>${own.length === 0 ? 'Where the message was seen last' : 'How far the message came'}</h4>
${ladder(ladderOf(evidence), events, evidence)}
${own.length <= 1 && finals.length > 0 ? sideBySide : undefined}
${output(evidence)}
${eventList(evidence, events)}`
}

function diagram(evidence: Evidence, anchor: string): Markup {
  const sequence = sequenceOf(evidence)
  if (sequence.lanes.length === 0) return markup`<p class="hint">Its steps left nothing to draw.</p>`
  const title = `Sequence diagram of ${evidence.finding.anomaly} ${evidence.finding.effect}`
  const drawn = sequenceSvg(sequence, { title, anchor, startMs: evidence.startMs })
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${title}">${drawn}</div>
${messageKey(evidence)}
${sequence.left === 0 ? undefined : markup`<p class="hint">${sequence.left} rows in the middle are not drawn.</p>`}`
}

/** Which message is which, where there are several. */
function messageKey({ letters, finding }: Evidence): Markup | undefined {
  if (letters.size === 0) return undefined
  const all = [...letters].slice(0, LETTERS_MAX).map(([message, letter]) =>
    markup`<strong>${letter}</strong> is <code>${brief(message, LETTER_NAME_MAX)}</code>${
      message === finding.message ? ' (the one of this finding)' : ''}`)
  return markup`<p class="hint">Messages: ${joined(all, ', ')}.</p>`
}

function ladder(rungs: readonly Rung[], anchor: string, evidence: Evidence): Markup {
  const listed = new Set(listedEvents(evidence).map((event) => event.seq))
  const reference = (seq: number): Piece =>
    (listed.has(seq) ? markup`<a href="#${anchor}${seq}">${seq}</a>` : String(seq))
  return markup`<ul class="ladder">${rungs.map((rung) => markup`
<li class="${rung.yes ? 'yes' : 'no'}"><strong>${rung.yes ? '\u2714 yes' : '\u2716 no'}</strong> ${rung.question}
${rung.detail}${rung.events.length === 0 ? undefined
    : markup` <small>(events ${joined(rung.events.map(reference), ', ')})</small>`}</li>`)}
</ul>`
}

/** Lines of the subject before and after the last fault, or all of a step without one. */
function output({ events, struckMs, startMs }: Evidence): Markup | undefined {
  const lines = eventsOf(events, 'output').flatMap((event) => event.text.split('\n').filter((text) => text !== '')
    .slice(0, OUTPUT_LINES * 2).map((text) => ({ ...event, text })))
  if (lines.length === 0) return undefined
  const struck = struckMs ?? startMs
  const before = lines.filter((line) => line.atMs < struck).slice(-OUTPUT_LINES)
  const later = lines.filter((line) => line.atMs >= struck).slice(0, OUTPUT_LINES)
  const row = (line: (typeof lines)[number]): string => `${(line.atMs - struck).toFixed(0).padStart(7)} ms  `
    + `${line.incarnation} ${line.stream}  ${brief(line.text, LINE_MAX)}\n`
  const mark = struckMs === undefined ? '' : '        the fault strikes here\n'
  const rest = lines.length - before.length - later.length
  return markup`<h4>Output of the subject</h4>
<pre class="output" tabindex="0">${joined([...before.map(row), mark, ...later.map(row)], '')}</pre>
${rest === 0 ? undefined : markup`<p class="hint">${rest} more lines are in the journal.</p>`}`
}

/** Those of its steps, and what was read back later. */
function listedEvents({ events, finals }: Evidence): readonly Event[] {
  return [...events.slice(0, EVENTS_MAX), ...finals]
}

function eventList(evidence: Evidence, anchor: string): Markup {
  const { events, finals, startMs } = evidence
  const rest = Math.max(0, events.length - EVENTS_MAX)
  return markup`<details class="events"><summary>Its ${events.length + finals.length} events in the journal</summary>
<div class="scroll" tabindex="0" role="region" aria-label="events"><table><thead><tr><th scope="col">event</th>
<th scope="col">ms</th><th scope="col">what</th><th scope="col">facts</th></tr></thead><tbody>
${listedEvents(evidence).map((event) => markup`<tr id="${anchor}${event.seq}"><td>${event.seq}</td>
<td>${(event.atMs - startMs).toFixed(1)}</td><td>${event.type}</td><td>${factsOf(event)}</td></tr>
`)}</tbody></table></div>
${rest === 0 ? undefined : markup`<p class="hint">${rest} more are in the journal.</p>`}</details>`
}

function factsOf(event: Event): string {
  const { seq: _seq, atMs: _at, cell: _cell, step: _step, type: _type, ...facts } = event
  return brief(JSON.stringify(facts), LINE_MAX)
}

function cureText(finding: FindingReport): Markup {
  const { text, page } = cures[finding.anomaly]
  const more = page === undefined ? undefined
    : markup` More, with working examples: <code>${page}</code> in Onceproof's repository.`
  return markup`<p>${text}${more}</p>`
}
