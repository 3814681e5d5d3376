/**
 * What a verdict claims, in words; the only place that words it (design section 4, "What a certificate claims").
 *
 * Scheduled trials are no random draws: counts are given and no probability. Words promise nothing beyond what was
 * carried out, and what is not claimed is listed beside it.
 */
import { faults } from '../faults/registry.ts'
import type { FaultPlace } from '../model/fault.ts'
import type { SuiteResult } from '../model/run.ts'
import type { Finding } from '../model/verdict.ts'
import {
  carriedOutKinds, counted, kindOf, leftOutWords, listed, outsideOf, scopedSuite, type ScopedSuite,
} from './scope-words.ts'

/** More names than these are counted in a claim. */
const NAMES_MAX = 5

/** The facts that the claim is made of. */
export type ClaimFacts = Pick<SuiteResult, 'judgement' | 'scope' | 'profile' | 'failure'>

export function claimOf(facts: ClaimFacts): string {
  const { verdict } = facts.judgement
  if (facts.failure !== undefined) {
    // What was found before is found, whatever ended the run.
    const found = verdict === 'violated' ? `${violatedClaim(facts)} Then it could not go on` : 'Could not be run'
    return `${found}: ${facts.failure}`
  }
  if (verdict === 'certified') return certifiedClaim(facts)
  return verdict === 'violated' ? violatedClaim(facts) : inconclusiveClaim(facts)
}

/** `certified (partial)` where faults were chosen by hand: such a run earns no badge. */
export function verdictWords(facts: Pick<SuiteResult, 'verdict' | 'scope'>): string {
  return facts.verdict === 'certified' && facts.scope.partial ? 'certified (partial)' : facts.verdict
}

/** What no certificate of this profile says anything about. */
export function notClaimed(facts: ScopedSuite & Pick<SuiteResult, 'contract' | 'notDecoded'>): string[] {
  const { contract, scope, notDecoded } = facts
  const outside = outsideOf(scope)
  return [
    'other interleavings, and combinations of faults other than those listed',
    'code that did not run, and messages unlike the samples of the workload',
    carriedOutKinds(facts).includes('kill-wipe')
      ? 'loss of what servers have on disk' : 'loss of disk or of broker data',
    ...outside === undefined ? [] : [`what is outside of the scope: ${outside}`],
    ...leftOutWords(facts),
    contract.replayWithinMs === undefined
      ? 'replays: the contract declares none' : `replays from further back than ${contract.replayWithinMs} ms`,
    ...contract.producerDuplicates === true ? [] : ['duplicates from the producer: the contract does not declare them'],
    ...contract.dedupWindowMs === undefined ? [] : [`duplicates later than the declared ${contract.dedupWindowMs} ms`],
    ...notDecoded.map((link) => `what went over ${link}, which was not decoded`),
  ]
}

export const exitMeanings: Readonly<Record<number, string>> = {
  0: 'certified within the profile named above',
  1: 'violated, a message did not meet its contract',
  2: 'inconclusive, the evidence is incomplete',
  3: 'could not run',
  130: 'interrupted, what was recorded is kept',
}

function certifiedClaim(facts: ClaimFacts): string {
  const { points, faults: { fired }, messages } = facts.judgement
  const kinds = carriedOutKinds(scopedSuite(facts))
  const names = kinds.length > NAMES_MAX ? `${kinds.length} kinds of fault` : listed(kinds)
  return `Broken at ${points.k} of ${counted(points.K, 'point')} with ${names} `
    + `(${counted(fired, 'fault')} fired), each of ${counted(messages.sent, 'message')} met its contract; `
    + `${counted(messages.redeliveries, 'delivery was a repetition', 'deliveries were repetitions')}.`
}

function violatedClaim({ judgement }: ClaimFacts): string {
  const [first] = judgement.findings
  const broken = judgement.messages.sent - judgement.messages.complete
  const rest = judgement.findings.length - 1
  const more = rest > 0 ? `; ${counted(rest, 'more finding')}` : ''
  const count = broken > 0 ? `${broken} of ${counted(judgement.messages.sent, 'message')}` : 'At least one message'
  return `${count} did not meet the contract${first === undefined ? '' : `: ${findingSentence(first)}`}${more}.`
}

function inconclusiveClaim({ judgement }: ClaimFacts): string {
  const { points, doubts } = judgement
  const reason = doubts.find((doubt) => doubt.blocking)
  return `No certificate, and no violation proven: ${reason?.detail ?? 'nothing was judged'} `
    + `(${points.k} of ${counted(points.K, 'point')} exercised).`
}

/** Where a fault strikes: nowhere in particular where it is about the whole message, two points for a pair. */
export function placesOf(fault: string, point: string): string[] {
  const unit = unitOf(fault)
  if (unit === 'message') return []
  // A statement can hold a bar too; between two points it follows the side of the first.
  return unit === 'pairs' ? point.split(/(?<= before| after) \| /).slice(0, 2) : [point]
}

/** ` at db COMMIT#1 before`, or nothing. */
export function placeWords(fault: string, point: string): string {
  const [first, twin] = placesOf(fault, point)
  if (first === undefined) return ''
  return twin === undefined ? ` at ${first}` : ` at ${first}, its twin at ${twin}`
}

/**
 * Further names of the place. What is one world for a dead process is two places for one that lives on: there the other
 * names say nothing.
 */
export function alsoCalled({ point, points, fault }: Pick<Finding, 'point' | 'points' | 'fault'>): string[] {
  return (unitOf(fault) ?? 'worlds') === 'worlds' ? points.filter((name) => name !== point) : []
}

/** Undefined for a fault of another version. */
export function unitOf(fault: string): FaultPlace['unit'] | undefined {
  const kind = kindOf(fault)
  return Object.hasOwn(faults, kind) ? faults[kind]?.at.unit : undefined
}

/** `invoice m-7 duplicated, after a kill at db COMMIT#1 after`. */
export function findingSentence(finding: Finding): string {
  const place = finding.schedule.length === 0
    ? 'without any fault'
    : `after ${finding.schedule.map(({ fault, point }) => `${fault}${placeWords(fault, point)}`).join(', then ')}`
  return `${finding.anomaly} ${finding.effect}, ${place}`
}
