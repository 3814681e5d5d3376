/**
 * Every connection of the subject must have come through a tap: what the servers counted is held against what the taps
 * saw and what the harness opened itself.
 *
 * A connection that was broken while it opened may or may not have been counted by its server. So the taps give a
 * range, from connections seen authenticated to connections opened, and only a count outside of it speaks of another
 * way.
 */
import { eventsOf } from '../model/history.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Cell } from './cell.ts'

export async function countLinks(context: CampaignContext, cells: readonly Cell[]): Promise<void> {
  const totals = new Map<string, { link: string; seen: number | null; tapped: number; own: number }>()
  const opened = new Map<string, number>()
  for (const event of eventsOf(context.recorder.events, 'connection-opened')) {
    const key = `${event.cell} ${event.link}`
    opened.set(key, (opened.get(key) ?? 0) + 1)
  }
  for (const cell of cells) {
    for (const { name, share } of cell.shares.links) {
      const total = totals.get(name) ?? { link: name, seen: 0, tapped: 0, own: 0 }
      const [seen, own] = [await share.connectionsSeen(), share.connectionsOwn()]
      const most = opened.get(`${cell.name} ${name}`) ?? 0
      const least = cell.sessionsByLink().get(name) ?? 0
      total.seen = seen === undefined || total.seen === null ? null : total.seen + seen
      total.own += own
      total.tapped += seen === undefined ? most : Math.min(most, Math.max(least, seen - own))
      totals.set(name, total)
    }
  }
  context.learn('links', [...totals.values()])
}
