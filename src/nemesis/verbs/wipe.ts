/** wipe: whoever starts next finds its own folder and the temporary one empty, as on another machine. */
import type { Carried, Stage } from '../stage.ts'

export async function wipe(stage: Stage): Promise<Carried> {
  stage.wipe()
  return { detail: 'the next one starts with empty folders' }
}
