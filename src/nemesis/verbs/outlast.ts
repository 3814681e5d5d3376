/** outlast: waits until what the subject has promised to remember may be forgotten. */
import type { Carried, Stage } from '../stage.ts'

export async function outlast(stage: Stage): Promise<Carried> {
  return { detail: `waited ${Math.round(await stage.outlast())} ms` }
}
