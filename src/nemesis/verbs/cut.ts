/** cut: the link of the point breaks, at the server by Toxiproxy and at the subject by the tap, and is mended. */
import type { Carried, Stage } from '../stage.ts'

export async function cut(stage: Stage): Promise<Carried> {
  stage.flush()
  return { detail: await stage.victim.cut(stage.point.link) }
}
