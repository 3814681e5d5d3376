/**
 * A run as one HTML file that needs nothing else: no network, no script to be read, no server.
 *
 * Made from report.json and the journals alone. The page's own policy forbids every script but the one it was made
 * with and every connection, so that nothing that came through escaping could do harm. Written as well-formed XML.
 */
import { createHash } from 'node:crypto'
import { joined, markup, Markup } from '../markup.ts'
import type { StoredRun, StoredSuite } from '../stored-run.ts'
import { evidenceOf, indexOf } from './evidence.ts'
import { findingSection } from './finding-section.ts'
import {
  doubtList, findingTable, observationList, runFacts, suiteFacts, suiteHead, suiteTable, verdictBar,
} from './front.ts'
import { gridTable } from './grid.ts'
import { anchorOf, section } from './parts.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/** Sections of findings in one page; all others are rows of the table, and can be replayed. */
const SECTIONS_MAX = 60

const scriptHash = createHash('sha256').update(script).digest('base64')
const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; base-uri 'none'; `
  + 'form-action \'none\''

export function htmlReport(run: StoredRun): string {
  const { report } = run
  const several = run.suites.length > 1
  const title = `${report.verdict}: ${report.suites.map((suite) => suite.name).join(', ')}`
  const plan = sectionPlan(run)
  return markup`${new Markup('<!DOCTYPE html>')}
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${title} - Onceproof</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${verdictBar(report)}
<main id="content">
${several ? suiteTable(report, suiteAnchor) : undefined}
${joined(run.suites.map((suite, i) => suitePart(suite, { several, i, anchors: plan[i] ?? [] })), '\n')}
${runFacts(report)}
</main>
<footer>Onceproof ${report.tool.version}. Made from report.json and the journals beside it;
<code>onceproof report</code> makes it again, <code>onceproof recheck</code> judges again.</footer>
<script>${new Markup(script)}</script>
</body>
</html>
`.text
}

interface SuitePlace {
  readonly several: boolean
  readonly i: number
  /** Ids of the sections of its first findings. */
  readonly anchors: readonly string[]
}

function suitePart({ suite, history }: StoredSuite, { several, i, anchors }: SuitePlace): Markup {
  const index = history === undefined || anchors.length === 0 ? undefined : indexOf(history)
  const sections = suite.findings.flatMap((finding, n) => {
    const anchor = anchors[n]
    if (anchor === undefined) return []
    const evidence = index === undefined ? undefined : evidenceOf(index, finding)
    return [findingSection(finding, evidence, { suite: suite.name, anchor })]
  })
  const rest = suite.findings.length - sections.length
  return markup`${several ? suiteHead(suite, suiteAnchor(i)) : undefined}
${doubtList(suite)}
${findingTable(suite, (n) => anchors[n])}
${section('Points and faults', gridTable(suite, history))}
${observationList(suite)}
${suiteFacts(suite, history)}
${sections}
${rest > 0 ? markup`<p class="hint">${rest} more findings have no section here; replay them.</p>` : undefined}`
}

/** Ids by suite and finding, each unique. */
function sectionPlan(run: StoredRun): string[][] {
  const used = new Set<string>()
  return run.suites.map(({ suite }, i) => suite.findings.flatMap((finding, n) => {
    if (used.size >= SECTIONS_MAX) return []
    const otherwise = `finding-${i + 1}-${n + 1}`
    const wanted = anchorOf(finding.id, otherwise)
    const anchor = used.has(wanted) ? otherwise : wanted
    used.add(anchor)
    return [anchor]
  }))
}

function suiteAnchor(i: number): string {
  return `suite-${i + 1}`
}
