/**
 * History in, judgement out: anomalies, findings, observations, doubts and the verdict in three values.
 *
 * Pure and total: the same history is always judged the same, a stored one as well as a live one, and no history
 * makes it throw. A checker that does throw costs the green (`checker-failed`), never a violation that others found.
 */
import type { Anomaly, Doubt } from '../model/anomaly.ts'
import type { History } from '../model/history.ts'
import { eventsOf } from '../model/history.ts'
import type { Judgement, Verdict } from '../model/verdict.ts'
import type { Case } from './doubts.ts'
import { blocking, planDoubters } from './doubts.ts'
import type { Evidence } from './effects.ts'
import { evidenceOf } from './effects.ts'
import { evidenceDoubters } from './evidence-doubts.ts'
import { attemptsOf } from './exercise.ts'
import { copiesOf } from './fate.ts'
import { findingsOf } from './findings.ts'
import { isComplete } from './missing.ts'
import { observers } from './observations.ts'
import { gridOf, pointNames } from './points.ts'
import type { Checker } from './registry.ts'
import { checkers } from './registry.ts'
import { measuringSteps } from './undecodable.ts'
import { isJudged } from './view.ts'

export function judge(history: History): Judgement {
  return judgeWith(history, checkers)
}

/** With a table of checkers of one's own; for the test of what a failing one costs. */
export function judgeWith(history: History, table: readonly Checker[]): Judgement {
  const failed: Doubt[] = []
  return guarded('judge', failed, () => judgeAll(history, table, failed)) ?? nothingJudged(failed)
}

/** Every anomaly of every step, also of confirmations, replays and controls. */
export function anomaliesIn(evidence: Evidence, table: readonly Checker[] = checkers): Anomaly[] {
  return table.flatMap((checker) => checker.check(evidence))
}

function judgeAll(history: History, table: readonly Checker[], failed: Doubt[]): Judgement {
  const evidence = evidenceOf(history)
  const measuring = measuringSteps(evidence)
  const anomalies = table.flatMap((checker) => guarded(checker.kind, failed, () => checker.check(evidence)) ?? [])
    .filter((anomaly) => anomaly.step === undefined || !measuring.has(anomaly.step))
  const names = pointNames(evidence)
  const grid = gridOf(evidence, names, { attempts: attemptsOf(evidence, anomalies), anomalies })
  const grouped = findingsOf(evidence, names, anomalies)
  const judged: Case = { evidence, anomalies, grid, grouped }
  const observations = observers.flatMap((observer) => (
    guarded(observer.kind, failed, () => observer.observe(evidence)) ?? []
  ))
  const doubts = [...evidenceDoubters, ...planDoubters].flatMap((doubter) => (
    guarded(doubter.name, failed, () => doubter.doubt(judged)) ?? []
  ))
  const all = distinct([...doubts, ...failed])
  const findings = grouped.map(({ finding }) => finding)
  return {
    verdict: verdictOf(grouped.some(({ stands }) => stands), all),
    points: grid.points,
    faults: grid.faults,
    grid: grid.rows,
    leftOut: evidence.facts.leftOut,
    messages: messageCounts(evidence, anomalies),
    findings,
    observations,
    doubts: all,
    controls: eventsOf(history, 'control-ended').map(({ effect, what, seen, how }) => ({ effect, what, seen, how })),
  }
}

function guarded<T>(name: string, failed: Doubt[], work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    const said = error instanceof Error ? error.message : 'something that is no error was thrown'
    failed.push(blocking('checker-failed', `${name} failed, which is a bug of ours: ${said}`))
    return undefined
  }
}

function verdictOf(violated: boolean, doubts: readonly Doubt[]): Verdict {
  if (violated) return 'violated'
  return doubts.some((doubt) => doubt.blocking) ? 'inconclusive' : 'certified'
}

function distinct(doubts: readonly Doubt[]): Doubt[] {
  return [...new Map(doubts.map((doubt) => [JSON.stringify([doubt.code, doubt.detail]), doubt])).values()]
}

function messageCounts(evidence: Evidence, anomalies: readonly Anomaly[]): Judgement['messages'] {
  const judged = evidence.messages.filter((message) => isJudged(message.phase))
  const accused = new Set(anomalies.map((anomaly) => anomaly.message))
  const complete = judged.filter((message) => !accused.has(message.id) && isComplete(evidence, message))
  return {
    sent: judged.filter((message) => message.sends.length > 0).length,
    complete: complete.length,
    deliveries: judged.reduce((sum, message) => sum + message.deliveries.length, 0),
    redeliveries: judged.reduce((sum, message) => (
      sum + Math.max(0, message.deliveries.length - copiesOf(message))
    ), 0),
  }
}

function nothingJudged(doubts: readonly Doubt[]): Judgement {
  return {
    verdict: 'inconclusive',
    points: { k: 0, K: 0 },
    faults: { fired: 0, planned: 0, notApplicable: 0 },
    grid: [],
    leftOut: [],
    messages: { sent: 0, complete: 0, deliveries: 0, redeliveries: 0 },
    findings: [],
    observations: [],
    doubts,
    controls: [],
  }
}
