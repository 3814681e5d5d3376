/**
 * A run as JUnit XML, in the subset that GitLab, Jenkins, Azure, CircleCI and Buildkite all read; there is no official
 * definition, github.com/testmoapp/junitxml is what this follows.
 *
 * One case per planned (fault, point, context) that came out well or never happened, one failure per finding, and an
 * error where the verdict is no verdict: nobody's gate reads an inconclusive run as passed. Names are unique, because
 * GitLab ignores a second case of the same name.
 */
import type { Report, SuiteReport } from '../store/report-schema.ts'
import { findingSentence, notClaimed, placeWords, verdictWords } from './claim.ts'
import { endOf, faultWords, leftOutWords, notApplicableWords } from './scope-words.ts'
import { brief, Markup, markup, type Piece } from './markup.ts'

const NAME_MAX = 400

interface Case {
  readonly name: string
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped'
  readonly type?: string
  readonly message?: string
  readonly body?: string
}

interface CaseSuite {
  readonly name: string
  readonly file: string
  readonly seconds: number
  readonly cases: readonly Case[]
  readonly properties: Readonly<Record<string, string>>
}

/** `page`: the HTML report, relative to the folder in which CI runs. */
export function junitReport(report: Report, page: string): string {
  const suites = report.suites.map((suite) => caseSuite(report, suite))
  const all = report.run.end === 'completed' && suites.length > 0 ? suites : [...suites, runSuite(report)]
  const cases = all.flatMap((suite) => suite.cases)
  return markup`${new Markup('<?xml version="1.0" encoding="UTF-8"?>')}
<testsuites name="onceproof" ${counts(cases)} time="${seconds(report.run.durationMs)}">
${all.map((suite) => suiteElement(suite, report.run.startedAt.slice(0, 19), page))}</testsuites>
`.text
}

function caseSuite(report: Report, suite: SuiteReport): CaseSuite {
  return {
    name: suite.name, file: suite.file, seconds: suite.durationMs,
    cases: unique([...verdictCases(suite), ...suite.findings.map(findingCase), ...gridCases(suite)]),
    properties: {
      seed: report.run.seed, profile: suite.profile, points: `${suite.points.k}/${suite.points.K}`,
      faults: `${suite.faults.fired}/${suite.faults.planned}`, claim: suite.claim,
      'kinds of faults': faultWords(suite),
      'left out': [...leftOutWords(suite), ...notApplicableWords(suite)].join('; '),
      'not claimed': notClaimed(suite).join('; '),
      ...Object.fromEntries(Object.entries(suite.versions).map(([name, version]) => [`version of ${name}`, version])),
    },
  }
}

/** Of a run that did not come to its end, so that what it never began is missed. */
function runSuite(report: Report): CaseSuite {
  const { end } = report.run
  const message = report.suites.length === 0 ? `no suite was judged: ${end}` : `the run was ${end}`
  return {
    name: 'run', file: '', seconds: 0, properties: { seed: report.run.seed },
    cases: [{ name: 'the run comes to its end', outcome: 'error', type: 'Inconclusive', message }],
  }
}

function verdictCases(suite: SuiteReport): Case[] {
  const name = `verdict of profile ${suite.profile}`
  const doubts = suite.doubts.map((doubt) =>
    `${doubt.blocking ? 'blocking' : 'not blocking'} ${doubt.code}: ${doubt.detail}`)
  const body = [suite.claim, ...doubts].join('\n')
  if (suite.failure !== undefined) {
    return [{ name, outcome: 'error', type: 'CouldNotRun', message: suite.failure, body }]
  }
  if (suite.verdict === 'certified') return [{ name: `${name}: ${verdictWords(suite)}`, outcome: 'passed' }]
  if (suite.verdict === 'inconclusive') {
    return [{ name, outcome: 'error', type: 'Inconclusive', message: suite.claim, body }]
  }
  // Its findings say it.
  return suite.findings.length > 0 ? [] : [{ name, outcome: 'failure', type: 'violated', message: suite.claim, body }]
}

function findingCase(finding: SuiteReport['findings'][number]): Case {
  const { confirmed } = finding
  const body = [
    finding.detail,
    ...finding.schedule.map(({ fault, point }, i) => `${i + 1}. ${fault}${placeWords(fault, point)}`),
    `Seen for ${finding.count} messages, again in ${confirmed.k} of ${confirmed.n} clean cells.`,
    `Reproduce with: ${finding.replay}`,
  ].join('\n')
  return {
    name: findingSentence({ ...finding, message: finding.message ?? undefined }), outcome: 'failure',
    type: finding.anomaly, message: `${finding.detail} (${finding.id})`, body,
  }
}

/** What went wrong in a cell of the grid is a finding's case; only one without a finding gets its own here. */
function gridCases(suite: SuiteReport): Case[] {
  return suite.grid.flatMap((row) => Object.entries(row.faults).flatMap(([fault, cell]): Case[] => {
    const { planned, fired, worst, why } = cell
    const end = endOf(cell)
    const name = `${fault}${placeWords(fault, row.point)} (${row.context})`
    if (worst !== null) {
      const known = suite.findings.some((finding) => finding.fault === fault
        && (finding.points.includes(row.point) || row.also.some((point) => finding.points.includes(point))))
      return known ? [] : [{ name, outcome: 'failure', type: worst, message: `${worst} after ${name}` }]
    }
    const because = why === undefined || why === '' ? `${fired} of ${planned} fired` : why
    if (end === 'fired') return planned === 0 ? [] : [{ name, outcome: 'passed' }]
    const missing = end === 'not-applicable' ? 'not applicable' : 'not exercised'
    return [{ name, outcome: 'skipped', message: `${missing}: ${because}` }]
  }))
}

function unique(cases: readonly Case[]): Case[] {
  const seen = new Map<string, number>()
  return cases.map((one) => {
    const name = brief(one.name, NAME_MAX)
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return { ...one, name: times === 1 ? name : `${name} [${times}]` }
  })
}

function suiteElement(suite: CaseSuite, timestamp: string, page: string): Markup {
  const { name, file, cases } = suite
  const properties = Object.entries(suite.properties)
    .map(([key, value]) => markup`<property name="${key}" value="${brief(value, 1000)}"/>\n`)
  return markup`<testsuite name="${name}" ${counts(cases)} time="${seconds(suite.seconds)}" timestamp="${timestamp}">
<properties>
${properties}</properties>
${cases.map((one) => markup`<testcase classname="${name}" name="${one.name}"${file === '' ? undefined
    : markup` file="${file}"`}>${outcomeElement(one, page)}</testcase>\n`)}</testsuite>
`
}

function outcomeElement(one: Case, page: string): Piece {
  const message = brief(one.message ?? '', 1000)
  const more = markup`<system-out>[[ATTACHMENT|${page}]]</system-out>`
  switch (one.outcome) {
    case 'passed': return undefined
    case 'skipped': return markup`<skipped message="${message}"/>`
    case 'failure':
      return markup`<failure type="${one.type ?? 'failure'}" message="${message}">${one.body ?? ''}</failure>${more}`
    case 'error':
      return markup`<error type="${one.type ?? 'error'}" message="${message}">${one.body ?? ''}</error>${more}`
  }
}

function counts(cases: readonly Case[]): Markup {
  const count = (outcome: Case['outcome']): number => cases.filter((one) => one.outcome === outcome).length
  return markup`tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" \
skipped="${count('skipped')}"`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
