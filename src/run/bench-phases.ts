/**
 * Where the time of one kill goes, out of the events of its step alone.
 *
 * The phases follow each other without gaps: their sum is the step, from the message's first event to the last reading
 * of effects. What the readiness of the victim cost before the step began is told apart.
 */
import { assert } from '../lib/assert.ts'
import type { Event } from '../model/event.ts'

export const phaseNames = [
  'armed to held', 'killed, sockets closed', 'start to first connection', 'connection to consuming',
  'consuming to delivery', 'delivery to settled', 'effects read',
] as const

export interface KillTimes {
  /** From the wish for a kill to the step's first event: the victim is made ready. */
  readonly readyMs: number
  /** By the names above, in that order. */
  readonly phases: Readonly<Record<string, number>>
}

/** `events` are those of one step with one kill, in order, of one cell. */
export function killTimes(events: readonly Event[], tookMs: number): KillTimes {
  const find = (isIt: (event: Event) => boolean): number => {
    const event = events.findLast(isIt)
    assert(event !== undefined, 'a carried out kill leaves every event of its step')
    return event.atMs
  }
  const began = events[0]?.atMs ?? 0
  const killed = find((event) => event.type === 'fault-did' && event.verb === 'kill')
  const later = events.filter((event) => event.atMs >= killed)
  const first = later.find((event) => event.type === 'connection-opened')
  const marks = [
    began,
    find((event) => event.type === 'fault-held'),
    killed,
    first?.atMs ?? killed,
    find((event) => event.type === 'incarnation-ready'),
    find((event) => event.type === 'delivered'),
    find((event) => event.type === 'settled'),
    find((event) => event.type === 'step-ended'),
  ]
  const phases = phaseNames.map((name, i) => [name, (marks[i + 1] ?? 0) - (marks[i] ?? 0)] as const)
  return {
    readyMs: Math.max(0, tookMs - ((marks.at(-1) ?? 0) - began)),
    phases: Object.fromEntries(phases),
  }
}
