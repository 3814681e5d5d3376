/**
 * A finished run as lines for a person: each suite with what speaks against it first, then six lines that stand alone
 * at the end of a long log. Pure; what is printed is in the result.
 */
import { relative } from 'node:path'
import type { RunResult, SuiteResult } from '../model/run.ts'
import { exitCodes, type Finding, type Judgement, type Verdict } from '../model/verdict.ts'
import { replayCommand } from '../store/run-result.ts'
import { alsoCalled, exitMeanings, placeWords, verdictWords } from './claim.ts'
import {
  counted, faultWords, leftOutWords, listed, notApplicableWords, profileWords, scopedSuite,
} from './scope-words.ts'
import { clipped, paint, plain, widthOf, wrap, type Colour, type Terminal } from './terminal.ts'

type Look = Pick<Terminal, 'columns' | 'hasColour'>

/** Findings beyond these are in report.json; the last lines say how many there are. */
const FINDINGS_SHOWN = 12
/** Of one anomaly of one effect by one fault; the others differ in their points only. */
const ALIKE_SHOWN = 3
const DOUBTS_SHOWN = 12
const LABEL = 14

const colours: Readonly<Record<Verdict, Colour>> = { certified: 'green', violated: 'red', inconclusive: 'yellow' }

/** `folder` is the caller's: paths are shown relative to it. */
export function resultLines(result: RunResult, look: Look, folder: string): string[] {
  return [...allSuiteLines(result, look), '', ...lastLines(result, look, folder)]
}

/** Everything but the last lines. */
export function allSuiteLines(result: RunResult, look: Look): string[] {
  return result.suites.flatMap((suite) => ['', ...suiteLines(suite, look)])
}

/** Verdict, claim, doubts, replay, reports, exit code: one line each. */
export function lastLines(result: RunResult, look: Look, folder: string): string[] {
  const worst = result.suites.find((suite) => suite.verdict === result.verdict) ?? result.suites[0]
  const doubts = result.suites.filter((suite) => !hasNothingJudged(suite)).flatMap((suite) => suite.judgement.doubts)
  const blocking = doubts.filter((doubt) => doubt.blocking)
  const finding = result.suites.flatMap((suite) => suite.judgement.findings)[0]
  const codes = [...new Set((blocking.length > 0 ? blocking : doubts).map((doubt) => doubt.code))]
  const lines = [
    verdictLine(result, worst),
    worst === undefined ? 'No suite was judged.' : `${worst.name}: ${worst.claim}`,
    `doubts: ${doubts.length === 0 ? 'none' : `${doubts.length}, ${blocking.length} blocking (${codes.join(', ')})`}`,
    finding === undefined ? 'replay: nothing to replay' : `replay: ${replayCommand(finding.id)}`,
    `reports: ${shownFolder(result.folder, folder)}`,
    `exit ${result.exitCode}: ${exitMeanings[result.exitCode] ?? 'unknown'}`,
  ]
  const fitted = lines.map((line) => (look.columns === undefined ? plain(line) : clipped(line, widthOf(look))))
  return fitted.map((line, i) => (i === 0 ? paint(look, colours[result.verdict], line) : line))
}

/** Relative to the caller's folder where it lies below. */
export function shownFolder(run: string, folder: string): string {
  const place = relative(folder, run)
  return place === '' || place.startsWith('..') ? run : place
}

function verdictLine(result: RunResult, worst: SuiteResult | undefined): string {
  const words = worst === undefined ? result.verdict : verdictWords(worst)
  const counts = (['certified', 'violated', 'inconclusive'] as const)
    .map((verdict) => ({ verdict, count: result.suites.filter((suite) => suite.verdict === verdict).length }))
    .filter(({ count }) => count > 0).map(({ verdict, count }) => `${count} ${verdict}`)
  const many = result.suites.length > 1 ? ` (${counts.join(', ')})` : ''
  const scope = worst === undefined ? '' : `, ${profileWords(scopedSuite(worst))}`
  const end = result.exitCode === exitCodes.interrupted ? ', interrupted' : ''
  return `${words.toUpperCase()}${many}${scope}${end}`
}

function suiteLines(suite: SuiteResult, look: Look): string[] {
  const { judgement } = suite
  const width = widthOf(look)
  const head = wrap(`${suite.name}  ${verdictWords(suite).toUpperCase()}`, width)
  const lines = [
    ...head.map((line) => paint(look, colours[suite.verdict], line)),
    ...wrap(suite.claim, width, { first: '  ', next: '  ' }),
  ]
  if (hasNothingJudged(suite)) return lines
  return [
    ...lines,
    ...findingLines(judgement.findings, look),
    ...doubtLines(judgement, look),
    ...judgement.observations.flatMap((one, i) =>
      labelled(i === 0 ? 'observed' : '', `${one.kind}: ${one.detail}`, width)),
    ...factLines(suite, width),
  ]
}

/** It never came so far that doubts would say anything. */
function hasNothingJudged(suite: SuiteResult): boolean {
  return suite.failure !== undefined && suite.judgement.findings.length === 0
}

function findingLines(findings: readonly Finding[], look: Look): string[] {
  const width = widthOf(look)
  const chosen = unlike(findings).slice(0, FINDINGS_SHOWN)
  const shown = chosen.flatMap((finding) => {
    const head = wrap(`${finding.anomaly} ${finding.effect}`, width, { first: '  x ', next: '    ' })
    const schedule = finding.schedule.length === 0
      ? ['without any fault'] : finding.schedule.map(({ fault, point }) => `${fault}${placeWords(fault, point)}`)
    const inner = { first: '      ', next: '        ' }
    return [
      ...head.map((line) => paint(look, 'red', line)),
      ...schedule.flatMap((one) => wrap(one, width, inner)),
      ...alsoCalled(finding).flatMap((point) =>
        wrap(`also called ${point}`, width, { first: '        ', next: '          ' })),
      ...wrap(finding.detail, width, inner),
      ...wrap(`seen for ${counted(finding.count, 'message')}, again in ${finding.confirmed.k} of `
        + `${finding.confirmed.n} clean cells`, width, inner),
      ...wrap(replayCommand(finding.id), width, inner).map((line) => paint(look, 'cyan', line)),
    ]
  })
  const rest = findings.length - chosen.length
  return rest > 0 ? [...shown, `  and ${rest} more in report.json`] : shown
}

/** The first few of each kind, in their order. */
function unlike(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, number>()
  return findings.filter(({ anomaly, effect, fault }) => {
    const kind = `${anomaly} ${effect} ${fault}`
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
    return (seen.get(kind) ?? 0) <= ALIKE_SHOWN
  })
}

/** Blocking ones first: they decide the verdict. */
function doubtLines({ doubts }: Judgement, look: Look): string[] {
  const width = widthOf(look)
  const sorted = [...doubts.filter((doubt) => doubt.blocking), ...doubts.filter((doubt) => !doubt.blocking)]
  const shown = sorted.slice(0, DOUBTS_SHOWN).flatMap((doubt) => wrap(
    `${doubt.code}: ${doubt.detail}${doubt.blocking ? '' : ' (not blocking)'}`, width, { first: '  ? ', next: '    ' },
  ).map((line) => (doubt.blocking ? paint(look, 'yellow', line) : line)))
  const rest = sorted.length - DOUBTS_SHOWN
  return rest > 0 ? [...shown, `  and ${rest} more in report.json`] : shown
}

function factLines(suite: SuiteResult, width: number): string[] {
  const { points, faults, messages, controls } = suite.judgement
  const planted = controls.map((one) => `${one.what} of ${one.effect} ${one.seen ? 'seen' : 'NOT SEEN'}`)
  const apart = faults.notApplicable > 0 ? `, ${faults.notApplicable} not applicable` : ''
  const contexts = listed(suite.scope.contexts)
  const scoped = scopedSuite(suite)
  const out = [...leftOutWords(scoped), ...notApplicableWords(scoped)]
  return [
    ...labelled('points', `${points.k} of ${points.K} exercised (points x contexts: ${contexts})`, width),
    ...labelled('faults', `${faults.fired} of ${faults.planned} fired${apart} (${faultWords(scoped)})`, width),
    ...out.flatMap((one, i) => labelled(i === 0 ? 'left out' : '', one, width)),
    ...labelled('messages', `${messages.sent} sent, ${messages.complete} complete, ${messages.deliveries} deliveries, `
      + `${messages.redeliveries} of them repeated`, width),
    ...labelled('controls', planted.length === 0 ? 'none planted' : planted.join(', '), width),
  ]
}

function labelled(label: string, text: string, width: number): string[] {
  const next = ' '.repeat(LABEL)
  return wrap(text, width, { first: `  ${label}`.padEnd(LABEL), next })
}
