/**
 * forward: the withheld request of the dead victim goes upstream on the connection that it was made on, and once the
 * server has answered, or after a bounded wait, that connection is let go.
 */
import { poll } from '../../lib/clock.ts'
import type { Carried, Stage } from '../stage.ts'

const ANSWER_MS = 2_000

export async function forward(stage: Stage): Promise<Carried> {
  stage.flush()
  const kept = stage.victim.connections().filter((connection) => !stage.leaseLinks.has(connection.link))
  const withheld = kept.filter((connection) => connection.heldRequests.length > 0)
  const lost = withheld.some((connection) => connection.isUpstreamGone)
  for (const connection of withheld) connection.forwardHeld()
  const op = stage.crossing?.withheld.find((candidate) => candidate.key === stage.point.operation)
  const answered = await poll(() => (op === undefined || stage.crossing?.wasAnswered(op) ? true : undefined), {
    what: 'answer to the orphan', limitMs: ANSWER_MS, everyMs: 2,
  }).catch(() => false)
  for (const connection of kept) connection.dropUpstream()
  if (withheld.length === 0 || lost) return { impossible: 'its upstream connection was gone' }
  return { detail: `forwarded ${stage.point.operation}${answered ? '' : ', no answer came'}` }
}
