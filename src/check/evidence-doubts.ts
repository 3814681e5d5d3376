/**
 * Doubts about the harness's own evidence: did it see all traffic, wait long enough, read everything back, and would
 * it have noticed a bug?
 *
 * None of these says anything about the subject. What a test of the harness breaks on purpose (a proxy that is gone
 * around, a tail cut short, a blind effect query) has to end up here.
 */
import type { Doubt } from '../model/anomaly.ts'
import type { EventOf } from '../model/event.ts'
import type { History } from '../model/history.ts'
import { eventsOf } from '../model/history.ts'
import type { Case, Doubter } from './doubts.ts'
import { blocking, listed } from './doubts.ts'
import type { Evidence } from './effects.ts'
import { isUndecodable, maybeDeadLettered, silenceCounts } from './fate.ts'
import { inEveryCell } from './phantom.ts'
import { measuringSteps } from './undecodable.ts'
import { isJudged } from './view.ts'

export const evidenceDoubters: readonly Doubter[] = [
  { name: 'doubted', doubt: ({ evidence }) => doubted(evidence) },
  { name: 'facts', doubt: ({ evidence }) => factDoubts(evidence) },
  { name: 'run-not-completed', doubt: ({ evidence }) => runEnd(evidence) },
  { name: 'nothing-consumed', doubt: ({ evidence }) => consumption(evidence) },
  { name: 'unknown-bytes', doubt: ({ evidence }) => unknownBytes(evidence) },
  { name: 'controls', doubt: controlDoubts },
  { name: 'bypass', doubt: ({ evidence }) => linkDoubts(evidence) },
  { name: 'proxied', doubt: ({ evidence }) => proxyDoubts(evidence) },
  { name: 'tail', doubt: ({ evidence }) => tailDoubts(evidence) },
  { name: 'readings', doubt: ({ evidence }) => readingDoubts(evidence) },
  { name: 'owners', doubt: ({ evidence }) => ownerDoubts(evidence) },
  { name: 'merge-check', doubt: ({ evidence }) => mergeDoubts(evidence) },
  { name: 'exhaustive', doubt: ({ evidence }) => exhaustiveDoubts(evidence) },
]

function doubted(evidence: Evidence): Doubt[] {
  return eventsOf(evidence.history, 'doubted').map(({ code, detail, blocking: blocks }) => (
    { code, detail, blocking: blocks }
  ))
}

function factDoubts({ facts, strays }: Evidence): Doubt[] {
  const doubts = facts.malformed.map((what) => (
    blocking('malformed-fact', `the run's "${what}" could not be read; was it written by another version?`)
  ))
  if (facts.suite === undefined) doubts.push(blocking('no-suite', 'the run does not say which suite it judged'))
  const missed = facts.attributions.map((fact) => fact.rows - fact.attributed).filter((count) => count > 0)
  if (missed.length > 0) {
    const rows = missed.reduce((sum, count) => sum + count, 0)
    doubts.push(blocking('unattributed-rows', `${rows} changed rows could be tied to no message; declare the effects`))
  }
  if (strays.length > 0) doubts.push(blocking('stray-messages', `sent outside any step: ${listed(strays)}`))
  return doubts
}

function runEnd({ history }: Evidence): Doubt[] {
  const reason = eventsOf(history, 'run-ended').at(-1)?.reason
  if (reason === 'completed') return []
  const how = reason === undefined ? 'its end was never written' : `it ended by ${reason}`
  return [blocking('run-not-completed', `the run did not complete: ${how}`)]
}

function consumption({ messages }: Evidence): Doubt[] {
  const judged = messages.filter((message) => isJudged(message.phase))
  if (!judged.some((message) => message.deliveries.length > 0)) {
    return [blocking('nothing-consumed', 'the subject was never handed a message')]
  }
  const unsent = judged.filter((message) => !message.sends.some((event) => event.outcome === 'ok')
    && (message.deliveries.length === 0 || message.sends.length === 0))
  if (unsent.length === 0) return []
  return [blocking('not-sent', `the broker never confirmed these: ${listed(unsent.map((message) => message.id))}`)]
}

function unknownBytes({ history }: Evidence): Doubt[] {
  const seen = eventsOf(history, 'unknown-bytes').filter((event) => event.mayChangeState)
  if (seen.length === 0) return []
  const details = [...new Set(seen.map((event) => `${event.link}: ${event.detail}`))]
  return [blocking('unknown-bytes', `undecoded traffic that may have changed state, ${seen.length} times: `
    + listed(details))]
}

/** Each declared effect needs a planted loss and a planted duplicate, all seen; undeclared ones need one of each. */
function controlDoubts({ evidence }: Case): Doubt[] {
  const ended = eventsOf(evidence.history, 'control-ended')
  const unseen = ended.filter((event) => !event.seen).map((event) => (event.what === 'duplicate'
    ? blocking('duplicate-not-visible', `a planted duplicate of ${event.effect} was not seen: ${event.how}`)
    : blocking('loss-not-visible', `a planted loss of ${event.effect} was not seen: ${event.how}`)))
  const declared = evidence.effects.filter((effect) => effect.declared).map((effect) => effect.name)
  const kinds = ['loss', 'duplicate'] as const
  const missing = kinds.flatMap((what) => {
    const had = ended.filter((event) => event.what === what).map((event) => event.effect)
    if (declared.length === 0) return had.length > 0 ? [] : [`a ${what} of any effect`]
    return declared.filter((effect) => !had.includes(effect)).map((effect) => `a ${what} of ${effect}`)
  })
  if (missing.length === 0) return unseen
  return [...unseen, blocking('control-missing', `never planted, so it is unknown whether it would be seen: `
    + listed(missing))]
}

function linkDoubts({ facts }: Evidence): Doubt[] {
  if (facts.links === undefined) {
    return [blocking('links-not-counted', 'nobody counted the servers\' connections against those of the taps')]
  }
  return facts.links.flatMap(({ link, seen, tapped, own }): Doubt[] => {
    if (seen === null) {
      const detail = `${link}: its server does not tell how many connections it had`
      return [{ code: 'links-not-counted', detail, blocking: false }]
    }
    if (seen === tapped + own) return []
    return [blocking('bypass', `${link}: the server saw ${seen} connections, the tap ${tapped} and the harness made `
      + `${own}; something reached it by another way`)]
  })
}

/** A proxy that nothing goes through breaks nothing: what a cut of it was said to do did not happen. */
function proxyDoubts({ facts }: Evidence): Doubt[] {
  if (facts.proxied.length === 0) {
    return [blocking('proxies-not-proven', 'nobody broke the proxies to see that the links go through them')]
  }
  const around = [...new Set(facts.proxied.flatMap((links) => Object.keys(links).filter((link) => !links[link])))]
  if (around.length === 0) return []
  return [blocking('proxy-bypassed', `${listed(around)}: connections outlived the break of their proxy, so they do not `
    + 'go through it')]
}

function tailDoubts({ facts }: Evidence): Doubt[] {
  if (facts.tails.length === 0) return [blocking('tail-cut-short', 'the settling time was never waited for')]
  const short = facts.tails.filter((tail) => tail.waited < tail.planned)
  return short.slice(0, 1).map((tail) => blocking('tail-cut-short',
    `the settling time was ${Math.round(tail.waited)} ms instead of ${Math.round(tail.planned)} ms `
    + `in ${short.length} of ${facts.tails.length} cells`))
}

function readingDoubts(evidence: Evidence): Doubt[] {
  const { history, steps, finals, readAt, messages } = evidence
  const measuring = measuringSteps(evidence)
  const cells = new Set(steps.filter((step) => isJudged(step.phase)).map((step) => step.cell))
  const unread = [...cells].filter((cell) => !readAt.has(cell))
  if (finals.length === 0) return [blocking('no-final-readings', 'no effect was ever found when all was read back')]
  if (unread.length > 0) return [blocking('no-final-readings', `effects were not read back in ${listed(unread)}`)]
  const late = messages.filter((message) => isJudged(message.phase)
    && message.deliveries.some((event) => event.seq > (readAt.get(message.cell) ?? Infinity)))
  // What nobody can read may stay where the suite names no place for it; `stuck` speaks of it where it does.
  const mayStay = (cell: string): number => messages.filter((message) => message.cell === cell
    && (isUndecodable(message) || measuring.has(message.step.id))).length
  // A broker that is not told what is over holds it for ever.
  const isTold = (evidence.facts.suite?.settlement ?? 'wire') === 'wire'
  const left = [...lastBacklogs(history)].filter(([cell, last]) => isTold && cells.has(cell)
    && last.ready + last.unsettled > mayStay(cell))
  return [
    ...(late.length === 0 ? [] : [blocking('late-delivery', `delivered after the effects were read back: `
      + listed(late.map((message) => message.id)))]),
    ...(left.length === 0 ? [] : [blocking('backlog-left', `the broker still holds messages in `
      + listed(left.map(([cell, last]) => `${cell}: ${last.ready} ready, ${last.unsettled} open`)))]),
  ]
}

/** Per cell the last look at the broker, unless something was settled after it. */
function lastBacklogs(history: History): Map<string, EventOf<'backlog-observed'>> {
  const last = new Map<string, EventOf<'backlog-observed'>>()
  for (const event of history) {
    if (event.type === 'backlog-observed') last.set(event.cell, event)
    if (event.type === 'settled') last.delete(event.cell)
  }
  return last
}

function ownerDoubts(evidence: Evidence): Doubt[] {
  const cloned = [...new Set(inEveryCell(evidence).map((event) => `${event.effect} ${event.identity}`))]
  const unread = evidence.messages.filter((message) => isJudged(message.phase)
    && silenceCounts(evidence, message) && maybeDeadLettered(evidence, message))
  const declared = new Set(evidence.effects.filter((effect) => effect.declared).map((effect) => effect.name))
  const nameless = [...evidence.finals, ...evidence.live].filter(({ identity }) => identity === '')
    .map(({ effect }) => effect).filter((effect) => declared.has(effect))
  return [
    ...(nameless.length === 0 ? [] : [blocking('no-identity', `nothing was found where the identity should be of `
      + `${listed([...new Set(nameless)])}; look at the effect's id`)]),
    ...(cloned.length === 0 ? [] : [blocking('unowned-effects', `every cell holds what no message caused `
      + `(${listed(cloned)}); leave it out of the effect`)]),
    ...(unread.length === 0 ? [] : [blocking('dead-letters-not-read', `discarded, and nobody looked whether they are `
      + `in a dead letter queue: ${listed(unread.map((message) => message.id))}`)]),
  ]
}

function mergeDoubts({ history, facts }: Evidence): Doubt[] {
  const disagreed = facts.merges.reduce((sum, fact) => sum + fact.disagreed, 0)
  const checked = facts.merges.reduce((sum, fact) => sum + fact.checked, 0)
  if (disagreed > 0) {
    const where = facts.merges.flatMap((fact) => fact.where)
    return [blocking('merge-disagreed', `${disagreed} of ${checked} merged points showed another outcome on their own`
      + (where.length === 0 ? '' : `: ${listed(where)}`))]
  }
  const merged = eventsOf(history, 'point-found').some((event) => event.also.length > 0)
  if (!merged || checked > 0) return []
  return [{ code: 'merge-not-checked', detail: 'points were merged and none was tried on its own', blocking: false }]
}

/** Asked for by hand: most runs do not kill at every raw frame boundary. */
function exhaustiveDoubts({ facts: { exhaustive } }: Evidence): Doubt[] {
  if (exhaustive === undefined) return []
  const { boundaries, disagreements, missed } = exhaustive
  return [
    ...(boundaries > 0 ? [] : [blocking('exhaustive-empty', 'no raw frame boundary was found to kill at')]),
    ...(missed.length === 0 ? [] : [blocking('exhaustive-not-exercised',
      `${missed.length} of ${boundaries} raw frame boundaries never came about: ${listed(missed)}`)]),
    ...(disagreements.length === 0 ? [] : [blocking('exhaustive-disagreed',
      `kills at raw frame boundaries and at the named points differ: ${listed(disagreements)}`)]),
  ]
}
