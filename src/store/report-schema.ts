/**
 * The form of `report.json`, which is also what `certify --json` prints. `onceproof schema report` prints it as a JSON
 * schema. Within one major version fields are only added, so that readers of 1.0 read every 1.x.
 *
 * It holds everything that a report says, but no effect contents and no values of the workload: those are in the
 * journal, under its masking.
 */
import { z } from 'zod'
import { anomalyKinds, observationKinds } from '../model/anomaly.ts'

export const SCHEMA_VERSION = '1.0'

const verdict = z.enum(['certified', 'violated', 'inconclusive'])
const count = z.int().nonnegative()
const hash = z.string().describe('sha256, hexadecimal')

const finding = z.object({
  id: z.string().describe('Stable over runs'),
  anomaly: z.enum(anomalyKinds),
  effect: z.string(),
  message: z.string().nullable().describe('The producer\'s id; null for an effect of a message that was never sent'),
  point: z.string().describe('First name of the place'),
  points: z.array(z.string()).describe('All names of the place'),
  fault: z.string(),
  context: z.string(),
  detail: z.string(),
  count: count.describe('How many messages show it'),
  witness: z.array(count).describe('seq of the events in the journal that prove it'),
  confirmed: z.object({ k: count, n: count }).describe('Seen again k of n times in clean cells'),
  schedule: z.array(z.object({ fault: z.string(), point: z.string() })),
  replay: z.string().describe('The command that runs it again'),
})

const gridRow = z.object({
  point: z.string(),
  also: z.array(z.string()),
  context: z.string(),
  faults: z.record(z.string(), z.object({
    planned: count.describe('Tries'),
    fired: count,
    worst: z.string().nullable(),
    end: z.enum(['fired', 'not-exercised', 'not-applicable']).exactOptional()
      .describe('The best of all tries; `not-applicable` only on positive evidence, which is in `why`'),
    why: z.string().exactOptional().describe('Of what did not fire'),
  })),
})

const leftOut = z.object({
  fault: z.string(),
  why: z.string(),
  by: z.enum(['subject', 'suite'])
    .describe('subject: evidence that it can not happen there; suite: it forbids it, or does not have what it needs'),
})

const subject = z.object({
  hash,
  files: count.describe('Files in the hash'),
  left: count.describe('Files that the hash says nothing of'),
  commit: z.string().exactOptional(),
  dirty: z.boolean().exactOptional(),
  command: z.array(z.string()),
  interpreter: z.object({ path: z.string(), version: z.string().exactOptional() }),
})

const suite = z.object({
  name: z.string(),
  file: z.string().describe('Relative to the folder that the command was given in, where it lies below'),
  verdict,
  profile: z.enum(['quick', 'full']),
  points: z.object({ k: count, K: count }).describe('Points times contexts: exercised, found'),
  messages: count.describe('Sent'),
  findings: z.array(finding),
  observations: z.array(z.object({ kind: z.enum(observationKinds), detail: z.string(), count })),
  doubts: z.array(z.object({ code: z.string(), detail: z.string(), blocking: z.boolean() })),
  claim: z.string(),
  failure: z.string().exactOptional().describe('Why it could not be run'),
  messageCounts: z.object({ sent: count, complete: count, deliveries: count, redeliveries: count }),
  faults: z.object({ fired: count, planned: count, notApplicable: count }),
  controls: z.array(z.object({ effect: z.string(), what: z.string(), seen: z.boolean(), how: z.string() })),
  grid: z.array(gridRow),
  leftOut: z.array(leftOut).default([]).describe('Kinds of faults of the scope that were not planned, and why'),
  scope: z.object({ faults: z.array(z.string()), contexts: z.array(z.string()), partial: z.boolean() }),
  contract: z.object({
    producerDuplicates: z.boolean().exactOptional(),
    replayWithinMs: z.number().exactOptional(),
    dedupWindowMs: z.number().exactOptional(),
  }),
  notDecoded: z.array(z.string()).describe('Links that passed without being decoded'),
  subject: subject.nullable(),
  suiteHash: hash,
  versions: z.record(z.string(), z.string()),
  history: z.string().describe('The journal, relative to this file'),
  durationMs: z.number(),
})

/** What a journal says of its suite before anything has happened. */
export const suiteFactsSchema = suite.pick({
  name: true, file: true, profile: true, scope: true, contract: true, notDecoded: true, subject: true, suiteHash: true,
})

export const reportSchema = z.object({
  schemaVersion: z.string().regex(/^1\.\d+$/),
  verdict,
  exitCode: z.int(),
  suites: z.array(suite),
  tool: z.object({ name: z.literal('onceproof'), version: z.string() }),
  run: z.object({
    seed: z.string(),
    command: z.string(),
    startedAt: z.string().describe('ISO 8601'),
    durationMs: z.number(),
    end: z.enum(['completed', 'budget', 'interrupted', 'error']),
  }),
})

export type Report = z.infer<typeof reportSchema>
export type SuiteFacts = z.infer<typeof suiteFactsSchema>
export type SuiteReport = Report['suites'][number]

export function reportJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(reportSchema), title: 'Onceproof report' }
}
