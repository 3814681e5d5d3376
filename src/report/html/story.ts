/**
 * One finding in words: a sentence that tells it, how far its message came, and what was seen of its effects.
 *
 * Told from the events, with the sentences that faults have of themselves; nothing is concluded here.
 */
import { faults } from '../../faults/registry.ts'
import type { Event } from '../../model/event.ts'
import { eventsOf } from '../../model/history.ts'
import { placesOf } from '../claim.ts'
import { counted, kindOf, listed } from '../scope-words.ts'
import { brief } from '../markup.ts'
import type { Evidence, FindingReport } from './evidence.ts'

const NAME_MAX = 240

export function storyOf(finding: FindingReport, evidence: Evidence | undefined): string {
  const lives = evidence === undefined ? [] : livesOf(evidence)
  const [first, ...later] = lives
  const { early, late } = evidence === undefined ? { early: '', late: '' } : settledWords(evidence)
  const delivered = first === undefined ? '' : ` was delivered to ${first}${early}`
  const struck = finding.schedule.map(({ fault, point }) =>
    `${placeInStory(fault, point)}${answerWords(evidence, fault, point) ?? storyOfFault(fault)}`)
  const others = [...new Set(later)].map((life) => (life === first ? `${life} itself` : life))
  const again = others.length === 0 ? '' : `; it was delivered again, to ${listed(others)}`
  const middle = struck.length === 0 ? ' without any fault' : `; ${struck.join('; then ')}`
  const unheard = evidence === undefined ? '' : unheardWords(evidence)
  const settled = late === '' || again !== '' ? late : late.replace(/^, and/, '; it was')
  return `${nameOf(finding, evidence)}${delivered}${middle}${again}${settled}${unheard}. `
    + `In the end ${detailWords(finding, evidence)}.`
}

function nameOf({ message }: FindingReport, evidence: Evidence | undefined): string {
  if (message === null) return 'A message that was never sent'
  const letter = evidence?.letters.get(message)
  const which = letter === undefined ? '' : ` (${letter}, one of ${evidence?.letters.size ?? 1})`
  return `Message ${brief(message, 60)}${which}`
}

/** With the letters of its messages, where there are several. */
function detailWords({ detail }: FindingReport, evidence: Evidence | undefined): string {
  let words = brief(detail, 400)
  for (const [message, letter] of evidence?.letters ?? []) {
    if (message !== '') words = words.replaceAll(message, `${message} (${letter})`)
  }
  return words
}

function placeInStory(fault: string, point: string): string {
  const [first, twin] = placesOf(fault, point)
  if (first === undefined) return ''
  const beside = twin === undefined ? '' : ` and "${brief(twin, NAME_MAX)}"`
  return `at "${brief(first, NAME_MAX)}"${beside} `
}

/** A variant is told with the sentence of its kind. */
export function storyOfFault(fault: string): string {
  const kind = kindOf(fault)
  const known = Object.hasOwn(faults, kind) ? faults[kind] : undefined
  const variant = fault.slice(kind.length).trim()
  if (known === undefined || (variant !== '' && known.needs !== 'errors')) return `${brief(fault, NAME_MAX)} happened`
  return variant === '' ? known.story : `${known.story} (${brief(variant, NAME_MAX)})`
}

/** Which error it was, and whether the work was done. */
function answerWords(evidence: Evidence | undefined, fault: string, point: string): string | undefined {
  const answer = eventsOf(evidence?.events ?? [], 'fault-did')
    .find((did) => did.verb === 'answer' && did.fault === fault && did.point === point)
  return answer === undefined ? undefined : `${storyOfFault(kindOf(fault))}: ${brief(answer.detail, NAME_MAX)}`
}

function livesOf(evidence: Evidence): string[] {
  return eventsOf(evidence.events, 'delivered')
    .filter((event) => event.message === evidence.finding.message).map((event) => event.incarnation)
}

/** Said where it belongs: before the fault struck, or after it. */
function settledWords({ events, finding, struckMs = -Infinity }: Evidence): { early: string; late: string } {
  const settled = eventsOf(events, 'settled').findLast((event) => event.message === finding.message)
  if (settled === undefined) return { early: '', late: '' }
  return settled.atMs < struckMs ? { early: ` and settled (${settled.how})`, late: '' }
    : { early: '', late: `, and settled (${settled.how}) by ${settled.incarnation}` }
}

/** Whoever had lost the message settled it all the same. */
function unheardWords({ events, finding }: Evidence): string {
  const lost = eventsOf(events, 'settlement-lost').filter((event) => event.message === finding.message)
  const who = [...new Set(lost.map((event) => event.incarnation))]
  return who.length === 0 ? '' : `; ${listed(who)} settled it too, and nobody heard of that`
}

export interface Rung {
  readonly question: string
  readonly yes: boolean
  readonly detail: string
  /** `seq` of the events that say so. */
  readonly events: readonly number[]
}

const EVENTS_MAX = 8

/** How far the message came; the last rung with a yes is where it was seen last. */
export function ladderOf(evidence: Evidence): Rung[] {
  const { finding, events, finals } = evidence
  const isOwn = (event: { readonly message?: string | undefined }): boolean => event.message === finding.message
  const sent = eventsOf(events, 'sent').filter(isOwn)
  const delivered = eventsOf(events, 'delivered').filter(isOwn)
  const started = eventsOf(events, 'operation-started').filter((event) => isOwn(event) && !event.handshake)
  const changing = started.filter((event) => !event.reads)
  const settled = eventsOf(events, 'settled').filter(isOwn)
  const seen = finals.filter((event) => event.effect === finding.effect)
  const others = finals.length - seen.length
  const more = others === 0 ? '' : `; ${counted(others, 'other effect')} of it`
  return [
    rung('Sent, and confirmed by the broker?', sent.filter((event) => event.outcome === 'ok'),
      sent.map((event) => event.outcome).join(', ')),
    rung('Delivered to the subject?', delivered, [...new Set(delivered.map((event) => event.incarnation))].join(', ')),
    rung('Operations seen that may change something?', changing,
      [...new Set(changing.map((event) => event.kind))].join(', ')),
    rung('Settled?', settled, settled.map((event) => event.how).join(', ')),
    rung(`Effect ${finding.effect} there in the end?`, seen, `${counted(seen.length, 'time')}${more}`),
  ]
}

function rung(question: string, found: readonly Event[], detail: string): Rung {
  return {
    question, yes: found.length > 0, detail: brief(detail, 300),
    events: found.slice(0, EVENTS_MAX).map((event) => event.seq),
  }
}
