/**
 * warp: what the broker has handed to the victim is taken back now, by the broker's own means, and the victim is not
 * told: it works on and settles into the void. Here the server's side of each link that carries the lease breaks.
 */
import type { Carried, Stage } from '../stage.ts'

export async function warp(stage: Stage): Promise<Carried> {
  stage.flush()
  const severed = await Promise.all([...stage.leaseLinks].map((link) => stage.victim.sever(link)))
  const count = severed.reduce((sum, one) => sum + one, 0)
  return count > 0 ? { detail: `taken back: ${count} connections` } : { impossible: 'it held no lease to take back' }
}
