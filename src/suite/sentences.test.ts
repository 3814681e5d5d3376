/** One clear sentence for each thing that can be wrong with a suite's values. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shippedKinds } from '../kinds.ts'
import { suiteJsonSchema, suiteSchema } from './schema.ts'
import { sentencesOf } from './sentences.ts'
import { smallest } from './testing.ts'

const schema = suiteSchema(shippedKinds)
const jsonSchema = suiteJsonSchema()

function wrong(part: Readonly<Record<string, unknown>>): string[] {
  const input = { ...smallest, ...part }
  const parsed = schema.safeParse(input)
  return parsed.success ? [] : sentencesOf(parsed.error.issues, input, jsonSchema)
}

const { subject } = smallest

test('the smallest suite is right', () => {
  expect(wrong({})).toEqual([])
})

test.each<[Record<string, unknown>, string]>([
  [{ subject: { command: 'node x.js' } },
    "subject.command: expected a list of words, got a string; write ['node', 'consumer.js']"],
  [{ subject: { comand: ['node'] } }, "subject.comand: unknown key; did you mean 'command'?"],
  [{ subject: { ...subject, image: 'x' } }, 'subject.image: containers are not supported yet; write subject.command'],
  [{ subject: { ...subject, instances: 3 } },
    'subject.instances: expected 1, got 3; write 1 or leave it out: more than one instance is not supported yet'],
  [{ subject: { ...subject, grace: 30 } },
    "subject.grace: expected a duration, got 30; write a number and a unit, as in '30s'"],
  [{ subject: { ...subject, lockTtl: '2' } },
    "subject.lockTtl: expected a duration, got '2'; write a number and a unit, as in '30s'"],
  [{ subject: { ...subject, next: { comand: [] } } }, "subject.next.comand: unknown key; did you mean 'command'?"],
  [{ subject: { ...subject, next: ['node', 'b.js'] } },
    "subject.next: expected what differs in the next version, got a list; write next: { env: { VERSION: '2' } }"],
  [{ sources: { a: { kind: 'rabitmq' } } }, "sources.a.kind: unknown kind 'rabitmq'; did you mean 'rabbitmq'?"],
  [{ sources: { a: {} } },
    `sources.a.kind: missing; write one of ${Object.keys(shippedKinds.sources).map((kind) => `'${kind}'`).join(', ')}`],
  [{ sources: { a: { kind: 'rabbitmq', queu: 'x' } } }, "sources.a.queu: unknown key; did you mean 'queue'?"],
  [{ sources: { a: { kind: 'kafka', partitions: 'x' } } },
    'sources.a.partitions: expected a count, got a string; write partitions: 3'],
  [{ sources: { a: { kind: 'sqs', deadLetter: 7 } } },
    "sources.a.deadLetter: expected the name of a queue, got 7; write deadLetter: 'orders-dead'"],
  [{ dependencies: { m: { kind: 'smtp' } } }, "dependencies.m.kind: unknown kind 'smtp'; known: postgres, http, tcp"],
  [{ dependencies: { c: { kind: 'tcp' } } }, "dependencies.c.to: missing; write to: 'localhost:6379'"],
  [{ effects: { i: { mail: {} } } },
    'effects.i.mail: mail effects are not supported yet; observe an sql, http or queue effect'],
  [{ effects: { i: { sqll: 'x' } } }, "effects.i.sqll: unknown key; did you mean 'sql'?"],
  [{ effects: { i: { http: { to: 'psp', id: 'orderId' } } } },
    "effects.i.http.id: expected a JSON pointer or a header, got 'orderId';"
      + " write '/orderId' or { header: 'x-order-id' }"],
  [{ expect: { i: 'twice' } },
    "expect.i: expected 'once', 'at-least-once' or 'at-most-once', got 'twice'; write one of them"],
  [{ contract: { identity: { heder: 'x' } } }, "contract.identity.heder: unknown key; did you mean 'header'?"],
  [{ settlement: 'sql' },
    "settlement: expected 'wire', 'none' or a query, got 'sql';"
      + " write settlement: { sql: 'select id from jobs where done' }"],
  [{ setup: ['npm run migrate'] }, "setup[0]: expected a command, got a string; write { run: 'node migrate.mjs' }"],
  [{ workload: undefined }, "workload: missing; write workload: { body: { orderId: 'o-1' }, vary: ['/orderId'] }"],
  [{ allow: { egress: [{ to: 'x' }] } }, 'allow.egress[0].reason: missing'],
])('%j', (part, sentence) => {
  expect(wrong(part)).toEqual([sentence])
})

test('many things that are wrong are cut short', () => {
  const sentences = wrong({ a1: 1, b2: 2, c3: 3, d4: 4, e5: 5, f6: 6, g7: 7 })
  expect(sentences).toHaveLength(6)
  expect(sentences.at(-1)).toBe('and 2 more')
})

test('any wrong value anywhere gives sentences, never a crash', () => {
  const keys = Object.keys(schema.shape)
  fc.assert(fc.property(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }), (key, value) => {
    for (const sentence of wrong({ [key]: value })) {
      expect(sentence).toMatch(/^(?:\S.*: .+|and \d+ more)$/s)
      expect(sentence).not.toContain('undefined')
    }
  }))
})

test('the JSON schema is strict and describes the defaults it leaves out', () => {
  const required = ['sources', 'subject', 'workload']
  expect(suiteJsonSchema()).toMatchObject({ type: 'object', additionalProperties: false, required })
})
