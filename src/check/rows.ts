/**
 * Names of the differential oracle's effects: a table and what was done to its rows, `public.orders insert`.
 *
 * Only these names tell insert from update; the suite's own effects are never taken apart by name.
 */
import type { RowChange } from '../model/edges.ts'

export function rowEffect(table: string, change: RowChange['change']): string {
  return `${table} ${change}`
}

export function isInsert(effect: string): boolean {
  return effect.endsWith(' insert')
}

/** The effect of deleting what this effect inserted. */
export function deleteOf(effect: string): string {
  return effect.replace(/ insert$/, ' delete')
}
