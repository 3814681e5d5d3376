/**
 * A run for GitHub: the summary of a step in Markdown, and annotations on the suite files.
 *
 * A step has 1 MiB for all its summaries, and one that is larger is dropped whole; so this one ends at a border between
 * sections before that, and says so. Of annotations GitHub shows ten a step and drops the rest in silence.
 */
import type { Report, SuiteReport } from '../store/report-schema.ts'
import { exitMeanings, findingSentence, verdictWords } from './claim.ts'
import { leftOutWords, notApplicableWords, profileWords } from './scope-words.ts'
import { brief, markup } from './markup.ts'
import { block, cellCode, code, prose } from './markdown.ts'

const SUMMARY_BYTES_MAX = 900 * 1024
const ANNOTATIONS_MAX = 8
const FINDINGS_MAX = 100
const marks = { certified: '\u2705', violated: '\u274c', inconclusive: '\u26a0\ufe0f' } as const

/** `used`: bytes that earlier reports have written into the same summary. */
export function stepSummary(report: Report, used = 0): string {
  const cut = '\n_The rest is in `index.html` of the run folder: a summary has no more room._\n'
  const room = SUMMARY_BYTES_MAX - used - Buffer.byteLength(cut)
  const kept: string[] = []
  let bytes = 0
  for (const section of [headSection(report), ...report.suites.flatMap(suiteSections), endSection(report)]) {
    bytes += Buffer.byteLength(section)
    if (bytes > room) return room <= 0 ? '' : kept.join('') + cut
    kept.push(section)
  }
  return kept.join('')
}

function headSection(report: Report): string {
  const rows = report.suites.map((suite) => `| ${cellCode(suite.name)} | `
    + `${marks[suite.verdict]} ${verdictWords(suite)} | `
    + `${suite.points.k} of ${suite.points.K} | ${suite.findings.length} | `
    + `${suite.doubts.filter((doubt) => doubt.blocking).length} |`).slice(0, 500)
  return [
    `### ${marks[report.verdict]} Onceproof: ${report.verdict}`, '',
    `Exit code ${report.exitCode}: ${exitMeanings[report.exitCode] ?? 'unknown'}.`, '',
    '| suite | verdict | points | findings | blocking doubts |', '|---|---|---|---|---|', ...rows, '', '',
  ].join('\n')
}

function suiteSections(suite: SuiteReport): string[] {
  const out = [...leftOutWords(suite), ...notApplicableWords(suite)]
  const head = [
    `#### ${code(suite.name)}: ${verdictWords(suite)}, ${profileWords(suite)}`, '',
    prose(suite.claim), '',
    ...suite.doubts.slice(0, 50).map((doubt) =>
      `- ${doubt.blocking ? '\u26a0\ufe0f blocking' : 'not blocking'} ${code(doubt.code)}: ${prose(doubt.detail)}`),
    ...out.slice(0, 50).map((one) => `- left out: ${prose(one)}`),
    '', '',
  ].join('\n')
  const rest = suite.findings.length - FINDINGS_MAX
  const more = rest > 0 ? [`_${rest} more findings are in report.json._\n\n`] : []
  return [head, ...suite.findings.slice(0, FINDINGS_MAX).map(findingSection), ...more]
}

function findingSection(finding: SuiteReport['findings'][number]): string {
  const schedule = finding.schedule.length === 0 ? ['1. One message is sent; no fault is needed.']
    : finding.schedule.map(({ fault, point }, i) => `${i + 1}. ${code(fault)} at ${code(point)}`)
  const { confirmed } = finding
  const sentence = brief(findingSentence({ ...finding, message: finding.message ?? undefined }), 300)
  return [
    // HTML, in which Markdown means nothing.
    markup`<details><summary>\u274c ${sentence}, seen again in ${confirmed.k} of ${confirmed.n}</summary>`.text, '',
    prose(finding.detail), '', ...schedule, '', block(finding.replay, 300), '', '</details>', '', '',
  ].join('\n')
}

function endSection({ run, tool }: Report): string {
  return `Seed ${code(run.seed)}, ${code(run.command)}, onceproof ${code(tool.version)}.\n\n`
}

/** Lines that GitHub's runner takes out of a step's output and shows on the files. */
export function annotations(report: Report): string[] {
  const all = report.suites.flatMap((suite) => suite.findings.map((finding) => annotation({
    file: suite.file, title: `${finding.anomaly} ${finding.effect}`,
    text: `${findingSentence({ ...finding, message: finding.message ?? undefined })}: ${finding.detail}. `
      + `Reproduce with: ${finding.replay}`,
  })))
  const silent = report.suites.filter((suite) => suite.findings.length === 0 && suite.verdict !== 'certified')
    .map((suite) => annotation({ file: suite.file, title: `${suite.name} is inconclusive`, text: suite.claim }))
  return [...all, ...silent].slice(0, ANNOTATIONS_MAX)
}

interface Annotation {
  readonly file: string
  readonly title: string
  readonly text: string
}

/** Properties end at a comma or a colon, and all of it at the end of the line. */
function annotation({ file, title, text }: Annotation): string {
  const value = (raw: string): string => data(raw).replaceAll(':', '%3A').replaceAll(',', '%2C')
  return `::error file=${value(file)},line=1,title=${value(brief(title, 200))}::${data(brief(text, 2000))}`
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
