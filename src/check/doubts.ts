/**
 * Reasons why a green would not mean much, beyond those that the run itself wrote down.
 *
 * Each one asks for evidence and doubts where there is none: a count that nobody took is as bad as a count that is
 * wrong. Doubts about the harness's own evidence (bypass, tail, controls, readings) live in `evidence-doubts.ts`;
 * here are those about the plan and about what the subject showed.
 */
import type { Anomaly, Doubt } from '../model/anomaly.ts'
import { eventsOf } from '../model/history.ts'
import { agree } from './diverged.ts'
import { repeats } from './duplicate.ts'
import type { Evidence } from './effects.ts'
import { identitiesOf, isUnstable, learnedOf, shapeOf } from './effects.ts'
import { killedWhileOpen } from './exercise.ts'
import type { EffectFacts } from './facts.ts'
import { allowanceOf, copiesOf } from './fate.ts'
import type { Grouped } from './findings.ts'
import { isComplete } from './missing.ts'
import type { Grid } from './points.ts'
import { isInsert } from './rows.ts'
import { measuringSteps } from './undecodable.ts'
import type { MessageView } from './view.ts'
import { isJudged } from './view.ts'

/** All that a doubt may be made of. */
export interface Case {
  readonly evidence: Evidence
  readonly anomalies: readonly Anomaly[]
  readonly grid: Grid
  readonly grouped: readonly Grouped[]
}

export interface Doubter {
  readonly name: string
  doubt(judged: Case): Doubt[]
}

export const planDoubters: readonly Doubter[] = [
  { name: 'not-exercised', doubt: notExercised },
  { name: 'no-points', doubt: noPoints },
  { name: 'no-redelivery', doubt: noRedelivery },
  { name: 'unconfirmed', doubt: unconfirmed },
  { name: 'unaccounted', doubt: unaccounted },
  { name: 'baseline', doubt: baselineDoubts },
  { name: 'declare-it', doubt: declareIt },
  { name: 'crash-loop', doubt: crashLoop },
]

export function blocking(code: string, detail: string): Doubt {
  return { code, detail, blocking: true }
}

/** The first few of a list, and how many more there are. */
export function listed(items: readonly string[]): string {
  const shown = items.slice(0, 8).join('; ')
  return items.length > 8 ? `${shown}; and ${items.length - 8} more` : shown
}

function notExercised({ grid }: Case): Doubt[] {
  const missed = grid.tasks.filter((task) => task.best === 'not-exercised')
  if (missed.length === 0) return []
  const names = missed.map((task) => `${task.fault} at ${task.point} (${task.context}): ${task.why}`)
  return [blocking('not-exercised', `${missed.length} planned faults never came about: ${listed(names)}`)]
}

function noPoints({ grid }: Case): Doubt[] {
  return grid.points.K > 0 ? [] : [blocking('no-points', 'no point was found at which a fault could be planned')]
}

function noRedelivery({ evidence, grouped }: Case): Doubt[] {
  const steps = evidence.steps.filter((step) => step.phase === 'sweep' || step.phase === 'recovery')
  const killed = steps.filter(killedWhileOpen)
  const again = evidence.messages.some((message) => (
    steps.includes(message.step) && message.deliveries.length > copiesOf(message)
  ))
  const explained = grouped.some(({ finding }) => finding.anomaly === 'stuck')
  if (killed.length === 0 || again || explained) return []
  const detail = `${killed.length} processes were killed with an open message, and nothing was ever delivered again`
  return [blocking('no-redelivery', detail)]
}

function unconfirmed({ grouped }: Case): Doubt[] {
  return grouped.filter(({ stands }) => !stands).map(({ finding }) => blocking('unconfirmed',
    `${finding.id} (${finding.anomaly} of ${finding.effect}, ${finding.fault} at ${finding.point}) was seen `
    + `${finding.count} times, but an earlier fault or a gap in its witness may be behind it; `
    + `confirmed ${finding.confirmed.k} of ${finding.confirmed.n}`))
}

/** Every message ends in one terminal state, or there is an anomaly that says why not, or nobody knows. */
function unaccounted({ evidence, anomalies }: Case): Doubt[] {
  const accused = new Set(anomalies.map((anomaly) => anomaly.message))
  const measuring = measuringSteps(evidence)
  const open = evidence.messages.filter((message) => isJudged(message.phase) && !accused.has(message.id)
    && !measuring.has(message.step.id)
    && !isComplete(evidence, message))
  const endless = evidence.steps.filter((step) => isJudged(step.phase) && step.end === undefined)
  return [
    ...(open.length === 0 ? [] : [blocking('unaccounted', `what became of these could not be seen: `
      + listed(open.map((message) => message.id)))]),
    ...(endless.length === 0 ? [] : [blocking('unended-step', `the end of these steps was never written: `
      + listed(endless.map((step) => step.id)))]),
  ]
}

function baselineDoubts({ evidence }: Case): Doubt[] {
  if (evidence.baseline.length === 0) {
    return [blocking('no-baseline', 'no fault-free message came to its end, so nothing says what a message causes')]
  }
  const thin = evidence.baseline.length > 1 ? [] : [blocking('thin-baseline',
    'one fault-free message cannot tell which columns vary anyway; two at least are needed')]
  const effects = evidence.effects.filter((effect) => effect.declared || effect.kind !== 'rows')
  const unseen = effects.filter((effect) => learnedOf(evidence, effect.name).samples === 0)
    .map((effect) => blocking('effect-not-seen', `${effect.name} never appeared without faults`))
  const unstable = evidence.effects.filter((effect) => isUnstable(evidence, effect.name)).map((effect) => {
    const counts = evidence.baseline.map((message) => identitiesOf(message, effect.name).size)
    return blocking('unstable-baseline', `${effect.name} is there ${counts.join(', ')} times per fault-free message`)
  })
  const rows = evidence.effects.some((effect) => learnedOf(evidence, effect.name).samples > 0)
  const nothing = unseen.length === 0 && !rows
    ? [blocking('effect-not-seen', 'no effect of any message was seen without faults')] : []
  return [...thin, ...unseen, ...unstable, ...nothing]
}

/** Differences in undeclared rows that may be right: only the suite's author knows. */
function declareIt({ evidence }: Case): Doubt[] {
  const effects = evidence.effects.filter((effect) => effect.kind === 'rows')
  const messages = evidence.messages.filter((message) => (
    isJudged(message.phase) && message.phase !== 'baseline' && allowanceOf(evidence, message) === 1
  ))
  return effects.flatMap((effect) => {
    const differing = messages.filter((message) => differs(evidence, message, effect))
    if (differing.length === 0) return []
    return [blocking('declare-it', `${effect.name} differs from the fault-free runs for ${differing.length} messages `
      + `(${listed(differing.map((message) => message.id))}); declare the effects that matter`)]
  })
}

/** Fewer or more added rows than the baseline has are anomalies already; everything else is only different. */
function differs(evidence: Evidence, message: MessageView, effect: EffectFacts): boolean {
  const learned = learnedOf(evidence, effect.name, message)
  const identities = identitiesOf(message, effect.name)
  const more = identities.size > learned.high && repeats(evidence, message, effect).length === 0
  const fewer = identities.size > 0 && identities.size < learned.low && !isInsert(effect.name)
  if (more || fewer) return true
  const { stable } = learned
  const readings = [...identities.values()]
  if (readings.some((events) => !agree(events, learned))) return true
  return stable !== undefined && readings.flat().some((event) => !learned.shapes.has(shapeOf(event.content, stable)))
}

const selfExitsLimit = 3

function crashLoop({ evidence }: Case): Doubt[] {
  const phases = evidence.history.filter((event) => event.type === 'phase-started' || event.type === 'phase-ended')
  const from = phases.find((event) => event.type === 'phase-started' && event.phase === 'baseline')
  const until = phases.find((event) => event.type === 'phase-ended' && event.phase === 'baseline')
  const exits = eventsOf(evidence.history, 'incarnation-exited').filter((event) => event.because === undefined
    && (evidence.steps.some((step) => step.id === event.step && step.phase === 'baseline')
      || (from !== undefined && event.seq > from.seq && event.seq < (until?.seq ?? Infinity))))
  if (exits.length < selfExitsLimit) return []
  return [blocking('crash-loop', `the subject ended by itself ${exits.length} times without any fault`)]
}
