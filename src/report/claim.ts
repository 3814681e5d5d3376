/**
 * What a verdict claims, in words; the only place that words it (design section 4, "What a certificate claims").
 *
 * Scheduled trials are no random draws: counts are given and no probability. Words promise nothing beyond what was
 * carried out, and what is not claimed is listed beside it.
 */
import { profileFaults } from '../faults/registry.ts'
import type { ScopeFacts, SuiteResult } from '../model/run.ts'
import type { Finding } from '../model/verdict.ts'

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
export function notClaimed(facts: Pick<SuiteResult, 'profile' | 'scope' | 'contract' | 'notDecoded'>): string[] {
  const { contract, scope, notDecoded } = facts
  return [
    'other interleavings, and combinations of faults other than those listed',
    'code that did not run, and messages unlike the samples of the workload',
    'loss of disk or of broker data',
    contract.replayWithinMs === undefined
      ? 'replays: the contract declares none' : `replays from further back than ${contract.replayWithinMs} ms`,
    ...contract.producerDuplicates === true ? [] : ['duplicates from the producer: the contract does not declare them'],
    ...contract.dedupWindowMs === undefined ? [] : [`duplicates later than the declared ${contract.dedupWindowMs} ms`],
    ...scope.contexts.includes('warm') ? [] : [`incarnations that have served before (profile ${facts.profile})`],
    ...notDecoded.map((link) => `what went over ${link}, which was not decoded`),
  ]
}

/** What the profile leaves out of what this version could do; undefined when nothing. */
export function leftOut(scope: ScopeFacts): string | undefined {
  const faults = profileFaults.full.filter((fault) => !scope.faults.includes(fault))
  const parts = [
    ...scope.contexts.includes('warm') ? [] : ['warm incarnations'],
    ...faults,
  ]
  return parts.length === 0 ? undefined : listed(parts)
}

export const exitMeanings: Readonly<Record<number, string>> = {
  0: 'certified within the profile named above',
  1: 'violated, a message did not meet its contract',
  2: 'inconclusive, the evidence is incomplete',
  3: 'could not run',
  130: 'interrupted, what was recorded is kept',
}

/** `kill, stop and cut`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1)
  return words.length < 2 ? last ?? '' : `${words.slice(0, -1).join(', ')} and ${last ?? ''}`
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

function certifiedClaim({ judgement, scope }: ClaimFacts): string {
  const { points, faults, messages } = judgement
  return `Broken at ${points.k} of ${counted(points.K, 'point')} with ${listed(scope.faults)} `
    + `(${counted(faults.fired, 'fault')} fired), each of ${counted(messages.sent, 'message')} met its contract; `
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

/** `invoice m-7 duplicated, after a kill at db COMMIT#1 after`. */
export function findingSentence(finding: Finding): string {
  const place = finding.schedule.length === 0
    ? 'without any fault' : `after ${finding.schedule.map((one) => `${one.fault} at ${one.point}`).join(', then ')}`
  return `${finding.anomaly} ${finding.effect}, ${place}`
}
