/**
 * warp: what the broker has handed to the victim is taken back now, by the broker's own means, and the victim is not
 * told: it works on and settles into the void. Where the claim is the connection itself, its server's side breaks.
 */
import type { Carried, Stage } from '../stage.ts'

export async function warp(stage: Stage): Promise<Carried> {
  stage.flush()
  const taken = await Promise.all([...stage.claimLinks].map((link) => stage.victim.revoke(link)))
  const count = taken.reduce((sum, one) => sum + one, 0)
  return count > 0 ? { detail: `taken back: ${count} claims` } : { impossible: 'it held no lease to take back' }
}
