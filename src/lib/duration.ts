/**
 * Spans of time as people write them: `500ms`, `30s`, `5m`, `2h`, `14d`, `1.5s`. A number without a unit is refused,
 * since nobody can tell seconds from milliseconds by looking at it.
 */
import { z } from 'zod'
import { UsageError } from './errors.ts'

export const durationPattern = /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/

/** As a value of a file. */
export const duration = z.string().regex(durationPattern).meta({
  title: 'a duration', description: "A number and a unit: '500ms', '30s', '5m', '14d'",
  examples: ["a number and a unit, as in '30s'"],
})

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds. Throws UsageError on anything else. */
export function parseDuration(text: string): number {
  const unit = /[a-z]+$/.exec(text)?.[0] ?? ''
  const size = unitsMs[unit]
  if (!durationPattern.test(text) || size === undefined) {
    throw new UsageError(`'${text}' is no duration; write a number and a unit, as in '500ms', '30s', '5m' or '14d'`)
  }
  return Math.round(Number.parseFloat(text) * size)
}
