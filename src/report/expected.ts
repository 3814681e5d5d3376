/**
 * `expected.json` beside a suite: what must be found in it, written before the first run.
 *
 *   [{ "anomaly": "duplicate", "fault": "kill", "points": ["db COMMIT#1 after"] }]
 *
 * Every listed point must show the anomaly under that fault. A point has several names, and any of them counts. A fault
 * that comes in variants is met by each of them: `error` by `error 40P01`, but not the other way round.
 */
import { z } from 'zod'
import { UsageError } from '../lib/errors.ts'
import { anomalyKinds } from '../model/anomaly.ts'
import type { Finding } from '../model/verdict.ts'

const expectedSchema = z.array(z.strictObject({
  anomaly: z.enum(anomalyKinds), fault: z.string(), points: z.array(z.string()).min(1),
}))

export type Expected = z.infer<typeof expectedSchema>

/** Where an anomaly must be found. */
export interface ExpectedPlace {
  readonly anomaly: string
  readonly fault: string
  readonly point: string
}

export function parseExpected(text: string, shown: string): Expected {
  const parsed = expectedSchema.safeParse(parseJson(text, shown))
  if (parsed.success) return parsed.data
  throw new UsageError(`${shown}: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`)
}

/** Places at which nothing was found. */
export function missingOf(expected: Expected, findings: readonly Finding[]): ExpectedPlace[] {
  return expected.flatMap(({ anomaly, fault, points }) => points.map((point) => ({ anomaly, fault, point })))
    .filter((place) => !findings.some((finding) => shows(finding, place)))
}

/** Whether it is one of those that must be found. */
export function isExpected(finding: Finding, expected: Expected): boolean {
  return expected.some(({ anomaly, fault, points }) =>
    points.some((point) => shows(finding, { anomaly, fault, point })))
}

function shows(finding: Finding, { anomaly, fault, point }: ExpectedPlace): boolean {
  return finding.anomaly === anomaly && (finding.fault === fault || finding.fault.startsWith(`${fault} `))
    && (finding.point === point || finding.points.includes(point))
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`${shown} is no JSON file`, { cause })
  }
}
