/**
 * kill: SIGKILL to the victim's process group. Returns when the process is gone and its sockets were seen to close.
 * Links that carry no lease stay open upstream where the fault says so; what is withheld on them is kept.
 */
import type { Carried, Stage } from '../stage.ts'

export async function kill(stage: Stage): Promise<Carried> {
  stage.flush()
  if (stage.fault.keepsUpstream) {
    for (const connection of stage.victim.connections()) {
      if (!stage.leaseLinks.has(connection.link)) connection.keepUpstream()
    }
  }
  await stage.victim.kill('fault')
  stage.disarm()
  return { detail: `SIGKILL to ${stage.victim.id}` }
}
