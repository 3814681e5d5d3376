/**
 * What a person writes: the suite as data, strict, without defaults (`complete.ts` fills them in and knows which were
 * filled). TypeScript, YAML and JSON are spellings of it.
 *
 * It checks each value by itself; what depends on other values (names, pointers, templates) is in `checks.ts`, and
 * the words of a refusal are in `sentences.ts`.
 */
import { z } from 'zod'
import { shippedKinds, type Kinds } from '../kinds.ts'
import { duration } from '../lib/duration.ts'
import type { Expectation } from '../model/effect.ts'
import { linkSchema, type DependencyInput, type SourceInput } from './link-schema.ts'

const pointer = z.string().regex(/^(?:\/|$)/)
const text = z.union([z.string(), z.number(), z.boolean()])

const header = z.strictObject({ header: z.string().min(1) })
const property = z.strictObject({ property: z.literal('messageId') })
const identity = z.union([header, property, z.strictObject({ pointer })])
const effectId = z.union([pointer, header])

const sqlEffect = z.strictObject({
  sql: z.string().min(1).describe('A query whose column id names the message that a row belongs to'),
  in: z.string().optional().describe('The database; may be left out when there is one'),
  sum: z.string().min(1).optional().describe("A row per key; the column is the sum of its messages' amounts"),
  last: z.string().min(1).optional().describe('A row per key; the column holds a value of the message that wrote last'),
})
const httpEffect = z.strictObject({
  http: z.strictObject({ to: z.string().optional(), id: effectId }),
})
const queueEffect = z.strictObject({
  queue: z.strictObject({
    source: z.string().optional(),
    queue: z.string().min(1),
    id: z.union([pointer, header, property]),
  }),
})

/** The same, in the words of brokers whose queues are topics. */
const topicEffect = z.strictObject({
  topic: z.strictObject({
    source: z.string().optional(),
    topic: z.string().min(1),
    id: z.union([pointer, header, property]),
  }),
})

const sqlSettlement = z.strictObject({
  sql: z.string().min(1).describe('A query whose first column names messages that are over, or their deliveries'),
  in: z.string().optional().describe('The database; may be left out when there is one'),
})

const next = z.strictObject({
  command: z.array(z.string().min(1)).min(1).optional().describe("The subject's by default"),
  env: z.record(z.string(), text).optional().describe("Variables that differ from the subject's"),
}).describe('The version that a rolling deploy puts in place of the subject')

const subject = z.strictObject({
  command: z.array(z.string().min(1)).min(1).optional().describe('Words of the command; no shell in between'),
  handler: z.string().min(1).optional().describe('A module whose export handle does one message; we host it'),
  client: z.string().min(1).optional().describe('Whose loop hosts the handler; a list stands for several suites'),
  cwd: z.string().min(1).optional().describe("Relative to the suite file; the suite file's folder by default"),
  env: z.record(z.string(), text).optional().describe('Variables, with templates such as {{orders.url}}'),
  envFile: z.string().min(1).optional().describe('A .env file with further variables'),
  grace: duration.optional().describe('Time between SIGTERM and SIGKILL'),
  restart: z.literal('always').optional(),
  backoff: duration.optional().describe('Time between an exit and the next start'),
  exclusive: z.boolean().optional().describe('Never two incarnations at once'),
  instances: z.literal(1).optional(),
  next: next.optional(),
  lockTtl: duration.optional().describe("How long the subject's own locks live: faults that need one to run out wait"),
})

const contract = z.strictObject({
  identity: identity.optional().describe("Where a message's identity is"),
  producerDuplicates: z.boolean().optional().describe('The producer may send the same logical message twice'),
  replayWithin: duration.optional().describe('How far back a replay may reach'),
  dedupWindow: duration.optional().describe('How long the subject promises to remember'),
})

const workload = z.strictObject({
  from: z.string().min(1).optional().describe('A .json or .jsonl file with samples'),
  body: z.unknown().optional().describe('One sample'),
  samples: z.array(z.unknown()).min(1).optional().describe('Several samples, used in turn'),
  vary: z.array(pointer).optional().describe('Where values are unique in each message; * matches all elements'),
  key: pointer.optional().describe('The key that twelve messages in turn share'),
  amount: pointer.optional().describe('Gets powers of two that are distinct within a key'),
  headers: z.record(z.string(), text).optional(),
  lanes: z.array(z.string().min(1)).min(1).optional()
    .describe('Sources that get messages in turn; the first by default'),
})

const expectation = z.enum(['once', 'at-least-once', 'at-most-once'])
const expected = z.object({
  deadLetter: z.array(z.string().min(1)).optional().describe('Queues or topics where messages may end instead'),
  reject: z.boolean().optional().describe('The subject may refuse a message for good'),
  order: z.literal('none').optional(),
}).catchall(expectation)

const shared = z.strictObject({
  name: z.string().min(1).optional().describe('The file name by default'),
  setup: z.array(z.strictObject({ run: z.string().min(1) })).optional().describe('Commands that run once per stack'),
  subject,
  contract: contract.optional(),
  workload,
  effects: z.record(z.string(), z.union([sqlEffect, httpEffect, queueEffect, topicEffect])).optional(),
  expect: expected.optional(),
  horizon: duration.optional().describe('How long the subject may take to recover'),
  settlement: z.union([z.enum(['wire', 'none']), sqlSettlement]).optional(),
  allow: z.strictObject({
    egress: z.array(z.strictObject({ to: z.string().min(1), reason: z.string().min(1) })).optional(),
  }).optional(),
  profile: z.enum(['quick', 'full']).optional(),
  faults: z.array(z.string().min(1)).min(1).optional().describe("The profile's faults by default"),
  versions: z.record(z.string(), text).optional().describe('Wanted versions of parts, by name'),
})

export function suiteSchema(kinds: Kinds) {
  const { name, ...rest } = shared.shape
  return z.strictObject({
    name,
    sources: z.record(z.string(), linkSchema(kinds.sources)),
    dependencies: z.record(z.string(), linkSchema(kinds.dependencies)).optional(),
    ...rest,
  })
}

/** What stands in a file, checked. */
export type SuiteDocument = z.output<ReturnType<typeof suiteSchema>>

/** How often each effect must be there, beside keys of its own that no effect can be named after. */
export interface ExpectInput {
  [effect: string]: Expectation | 'none' | string[] | boolean | undefined
  deadLetter?: string[] | undefined
  reject?: boolean | undefined
  order?: 'none' | undefined
}

/** What an author writes. */
export type SuiteInput = Omit<z.input<typeof shared>, 'expect'> & {
  sources: Record<string, SourceInput>
  dependencies?: Record<string, DependencyInput> | undefined
  expect?: ExpectInput | undefined
}

/** The schema of what an author writes, as a JSON schema for editors and `onceproof schema`. */
export function suiteJsonSchema(kinds: Kinds = shippedKinds): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(suiteSchema(kinds), { io: 'input' }), title: 'Onceproof suite' }
}
