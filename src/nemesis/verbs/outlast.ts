/** outlast: until what the subject has promised to remember may be forgotten; nobody waits for a longer promise. */
import type { Carried, Stage } from '../stage.ts'

export async function outlast(stage: Stage): Promise<Carried> {
  const found = await stage.outlast()
  return 'waitMs' in found ? { detail: `waited ${found.waitMs} ms` } : { impossible: found.tooLong }
}
