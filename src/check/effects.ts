/**
 * What one message should cause, learned from the fault-free messages: how many identities of each effect, and what
 * their content looks like once the columns are left out that differ from message to message anyway.
 *
 * A column counts as volatile when the baseline messages disagree on the values they have in it. Contents come with
 * the message's own values already named, so a disagreement is never the message's own doing. Where the baseline is
 * of two minds about the number, only what lies outside its whole range is accused, and `doubts.ts` says so.
 *
 * Where the workload has several lanes, a message is held to what the messages of its own lane show: what comes by one
 * need not do what comes by another does. An effect that no message of a lane shows is not owed there.
 */
import type { Content } from '../model/effect.ts'
import type { History } from '../model/history.ts'
import type { EffectFacts } from './facts.ts'
import { fateOf, silenceCounts } from './fate.ts'
import { asFinals, sharedRows, type Told } from './shared-rows.ts'
import { tellLast } from './shared-last.ts'
import { tellSum } from './shared-sum.ts'
import type { EffectEvent, MessageView, View } from './view.ts'
import { groupBy, viewOf } from './view.ts'

export interface Learned {
  /** Fewest and most identities of one message; both 0 when the baseline never showed the effect. */
  readonly low: number
  readonly high: number
  readonly unstable: boolean
  /** Baseline messages that show the effect. */
  readonly samples: number
  /** Columns that mean something; undefined when too few samples tell. */
  readonly stable: readonly string[] | undefined
  /** Every content that the baseline shows, in its stable columns. */
  readonly shapes: ReadonlySet<string>
}

/** A view, and what its baseline teaches. */
export interface Evidence extends View {
  readonly baseline: readonly MessageView[]
  readonly learned: ReadonlyMap<string, Learned>
  /** The same by lane, where there are several. */
  readonly learnedOn: ReadonlyMap<string, ReadonlyMap<string, Learned>>
  /** Rows that several messages share, and what each says of them. */
  readonly shared: readonly Told[]
}

const nothingLearned: Learned = {
  low: 0, high: 0, unstable: false, samples: 0, stable: undefined, shapes: new Set(),
}

export function evidenceOf(history: History): Evidence {
  const { view, shared } = withShared(viewOf(history))
  const baseline = view.messages.filter((message) => (
    message.phase === 'baseline' && silenceCounts(view, message) && fateOf(view, message) === 'settled'
  ))
  const learnFrom = (messages: readonly MessageView[]): ReadonlyMap<string, Learned> =>
    new Map(view.effects.map((effect) => [effect.name, learn(effect, messages)]))
  const lanes = groupBy(baseline.filter((message) => laneOf(message) !== undefined), (message) => laneOf(message) ?? '')
  const learnedOn = new Map([...lanes].map(([lane, messages]) => [lane, learnFrom(messages)]))
  return { ...view, baseline, learned: learnFrom(baseline), learnedOn, shared }
}

/** Where it was sent, if the workload has several lanes. */
export function laneOf(message: Pick<MessageView, 'sends'>): string | undefined {
  return message.sends[0]?.lane
}

/** What a shared row says of each message becomes that message's own reading. */
function withShared(seen: View): { readonly view: View; readonly shared: readonly Told[] } {
  const shared = sharedRows(seen).map((row) => (row.how === 'sum' ? tellSum(seen, row) : tellLast(seen, row)))
  if (seen.effects.every((effect) => effect.shared === undefined)) return { view: seen, shared }
  const names = new Set(seen.effects.filter((effect) => effect.shared !== undefined).map((effect) => effect.name))
  const told = groupBy(shared.flatMap(asFinals), ({ message }) => message)
  const messages = seen.messages.map((message) => ({
    ...message,
    finals: [
      ...message.finals.filter((event) => !names.has(event.effect)),
      ...(told.get(message.id) ?? []).map(({ event }) => event),
    ],
  }))
  return { view: { ...seen, messages }, shared }
}

/** What the row that it shares says of a message with which something is wrong. */
export function sharedNote(evidence: Evidence, message: MessageView, effect: string): string | undefined {
  return evidence.shared.find(({ row, notes }) => row.effect.name === effect && notes.has(message.id))
    ?.notes.get(message.id)
}

/** What fault-free messages show: those of the message's lane, or all of them. */
export function learnedOf(evidence: Evidence, effect: string, message?: MessageView): Learned {
  const lane = message === undefined ? undefined : laneOf(message)
  const own = lane === undefined ? undefined : evidence.learnedOn.get(lane)
  return (own ?? evidence.learned).get(effect) ?? nothingLearned
}

/** The fault-free messages are of two minds about its number: those of one lane, where there are several. */
export function isUnstable(evidence: Evidence, effect: string): boolean {
  const lanes = [...evidence.learnedOn.values()]
  return (lanes.length === 0 ? [evidence.learned] : lanes).some((learned) => learned.get(effect)?.unstable === true)
}

/** Final readings of one effect of a message, by identity. */
export function identitiesOf(message: MessageView, effect: string): Map<string, EffectEvent[]> {
  return groupBy(message.finals.filter((event) => event.effect === effect), (event) => event.identity)
}

/** A content in the columns that mean something, in one spelling. */
export function shapeOf(content: Content, columns: readonly string[]): string {
  return JSON.stringify(columns.map((column) => [column, content[column] ?? null, column in content]))
}

function learn(effect: EffectFacts, baseline: readonly MessageView[]): Learned {
  const identities = baseline.map((message) => identitiesOf(message, effect.name))
  const counts = identities.map((found) => found.size)
  const positive = counts.filter((count) => count > 0)
  if (positive.length === 0) return nothingLearned
  const missing = positive.length < counts.length
  const contents = identities.filter((found) => found.size > 0).map(firstContents)
  const stable = contents.length < 2 ? undefined : stableColumns(contents)
  return {
    // A declared effect is owed by every message; of undeclared rows the baseline is all that anybody knows.
    low: missing && effect.kind === 'rows' ? 0 : Math.min(...positive),
    high: Math.max(...positive),
    unstable: Math.min(...positive) !== Math.max(...positive) || missing,
    samples: positive.length,
    stable,
    shapes: new Set(stable === undefined ? [] : contents.flat().map((content) => shapeOf(content, stable))),
  }
}

function firstContents(found: ReadonlyMap<string, readonly EffectEvent[]>): Content[] {
  return [...found.values()].flatMap((events) => events.slice(0, 1).map((event) => event.content))
}

/** Columns in which every sample has the same values, whatever order its rows come in. */
function stableColumns(samples: readonly (readonly Content[])[]): string[] {
  const columns = [...new Set(samples.flat().flatMap((content) => Object.keys(content)))].sort()
  return columns.filter((column) => {
    const values = samples.map((contents) => contents.map((content) => shapeOf(content, [column])).sort().join())
    return new Set(values).size === 1
  })
}
