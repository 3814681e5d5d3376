/**
 * What a sum says of the messages that are in it: which of them are missing, and which are there more than once.
 *
 * First it is asked whether the sum can come about with nothing wrong at all: every message that owes its effect once,
 * further copies outside the contract as often as they like, open messages or not. Only when it can't, somebody is
 * accused, and then the likeliest: those of which a reading of their own step told so, few messages rather than many,
 * those that came more than once and that a fault met. That something is wrong is sure; who it is can be a guess when
 * several are (three times one amount is once the next and once this).
 */
import { countsOf, type Part } from './counting.ts'
import { allowanceOf } from './fate.ts'
import { mayMiss } from './owed.ts'
import type { SharedRow, Told } from './shared-rows.ts'
import type { MessageView, View } from './view.ts'

/** Room in the search beyond what was delivered: a subject can count twice in one delivery. */
const spare = 3
const impossible = 1e9

interface Share {
  readonly message: MessageView
  readonly amount: number
  /** How often it may be in the sum. */
  readonly low: number
  readonly high: number
  readonly deliveries: number
  /** How often it was in it at the end of its own step, as the reader saw it. */
  readonly hint: number | undefined
}

export function tellSum(view: View, row: SharedRow): Told {
  const shares = row.messages.map((message) => shareOf(view, row, message))
  const known = shares.filter((share) => share !== undefined)
  const sum = sumOf(row)
  // An amount that nobody knows makes every sum possible.
  if (known.length < shares.length) return all(row, 1)
  if (row.readings.length === 0) {
    return { row, times: new Map(), notes: notesOf(row, 0, known.map((share): Counted => [share, 0])) }
  }
  if (sum === undefined) return { ...all(row, 1), strange: `${nameOf(row)} holds no number` }
  const counts = innocent(sum, known) ?? likeliest(sum, known)
  if (counts === undefined) {
    return { ...all(row, 1), strange: `${nameOf(row)} is ${sum}, which no counting of its messages gives` }
  }
  const counted = known.map((share, place): Counted => [share, counts[place] ?? 0])
  return {
    row, times: new Map(counted.map(([{ message }, times]) => [message.id, times])), notes: notesOf(row, sum, counted),
  }
}

type Counted = readonly [share: Share, times: number]

function all(row: SharedRow, times: number): Told {
  return { row, times: new Map(row.messages.map((message) => [message.id, times])), notes: new Map() }
}

function sumOf({ readings }: SharedRow): number | undefined {
  let sum = 0
  for (const { shared } of readings) {
    if (shared?.sum === undefined) return undefined
    sum += shared.sum
  }
  return sum
}

function shareOf(view: View, { effect }: SharedRow, message: MessageView): Share | undefined {
  const amount = message.sends.find((event) => event.amount !== undefined)?.amount
  if (amount === undefined || amount <= 0) return undefined
  const deliveries = Math.max(1, message.deliveries.length)
  const allowed = allowanceOf(view, message)
  return {
    message, amount, deliveries,
    low: effect.expectation !== 'at-most-once' && mayMiss(view, message) ? 1 : 0,
    high: effect.expectation === 'at-least-once' ? deliveries + allowed + spare : allowed,
    hint: message.live.findLast((event) => event.effect === effect.name)?.shared?.counted,
  }
}

/** Counts with which nothing is wrong. */
function innocent(sum: number, shares: readonly Share[]): readonly number[] | undefined {
  const found = countsOf(sum, shares.map(({ amount, low, high, hint }): Part => ({
    amount, most: high, cost: (times) => (times < low ? impossible : Math.abs(times - (hint ?? 1))),
  })))
  return found === undefined || found.cost >= impossible ? undefined : found.times
}

/**
 * Some too often, or some missing, and both at once only where nothing else is left: three in a row that are there
 * twice are as much as the fourth twice without the first.
 */
function likeliest(sum: number, shares: readonly Share[]): readonly number[] | undefined {
  const readings = (['both', 'more', 'less'] as const).map((way) => {
    const found = countsOf(sum, shares.map((share, place): Part => ({
      amount: share.amount, most: Math.max(share.high, share.deliveries) + spare,
      cost: (times) => {
        if ((way === 'more' && times < share.low) || (way === 'less' && times > share.high)) return impossible
        return costOf(share, times) + (times < share.low ? shares.length - place : 0)
      },
    })))
    return found === undefined ? undefined : { ...found, cost: found.cost + (way === 'both' ? weights.both : 0) }
  }).filter((found) => found !== undefined)
  return readings.sort((a, b) => a.cost - b.cost)[0]?.times
}

/** Each outweighs several of the smaller ones: what was told before, what goes together, who is accused. */
const weights = {
  told: 20_000, both: 12_000, beyondDeliveries: 1_100, accused: 1_000, noFault: 150, further: 30,
} as const

function costOf(share: Share, times: number): number {
  const beyond = Math.max(share.low - times, times - share.high, 0)
  const told = share.hint !== undefined && share.hint !== times ? weights.told : 0
  const unlikely = weights.beyondDeliveries * Math.max(0, times - share.deliveries)
  if (beyond === 0) return told + unlikely
  const noFault = share.message.step.start.faults.length === 0 ? weights.noFault : 0
  return weights.accused + weights.further * (beyond - 1) + told + unlikely + noFault
}

/** One sentence for each message that is counted too often or not at all. */
function notesOf(row: SharedRow, sum: number, counted: readonly Counted[]): Map<string, string> {
  const due = counted.reduce((total, [{ amount, low, high }, times]) => (
    total + amount * Math.min(Math.max(times, low), high)
  ), 0)
  const apart = sum - due
  const how = apart === 0 ? '' : `, ${Math.abs(apart)} ${apart > 0 ? 'more' : 'less'} than its messages amount to`
  return new Map(counted.filter(([{ low, high }, times]) => times < low || times > high).map(([{ message }, times]) => (
    [message.id, `${nameOf(row)} is ${sum}${how}: ${message.id} is ${timesWord(times)}`]
  )))
}

function timesWord(times: number): string {
  return times === 0 ? 'not counted' : times === 2 ? 'counted twice' : `counted ${times} times`
}

export function nameOf({ effect, key }: SharedRow): string {
  return `${effect.name} of ${key}`
}
