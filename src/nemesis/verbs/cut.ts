/**
 * cut: a link breaks, at the server by Toxiproxy and at the subject by the tap, and is mended: that of the point, or
 * those that carry the lease; a claim that outlives its connection expires with it then.
 */
import type { Verb } from '../../model/fault.ts'
import type { Carried, Stage } from '../stage.ts'

export async function cut(stage: Stage, { links }: Extract<Verb, { verb: 'cut' }>): Promise<Carried> {
  stage.flush()
  if (links === undefined) return { detail: await stage.victim.cut(stage.point.link) }
  const ends = await Promise.all([...stage.leaseLinks].map(async (link) => {
    const end = await stage.victim.cut(link)
    await stage.victim.expire(link)
    return end
  }))
  return { detail: ends.find((end) => !end.startsWith('both sides closed')) ?? ends[0] ?? 'there is no such link' }
}
