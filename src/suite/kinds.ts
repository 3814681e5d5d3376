/**
 * The kinds of sources and dependencies that a suite may name: their settings, and the template fields that their
 * links offer. One row per kind is all that a new one needs here; how it works is no concern of this folder.
 *
 * Settings stand beside `kind` in what a person writes, and apart from it in the loaded suite.
 */
import { z } from 'zod'
import { durationPattern } from '../lib/duration.ts'

export const duration = z.string().regex(durationPattern).describe("A number and a unit: '500ms', '30s', '5m', '14d'")

const rabbitmqSettings = z.strictObject({
  kind: z.literal('rabbitmq'),
  queue: z.string().min(1).optional().describe('Queue that the subject consumes; the name of the source by default'),
  durable: z.boolean().optional(),
  declare: z.boolean().optional().describe('The harness declares the queue before the subject starts'),
  deadLetter: z.string().min(1).optional().describe('Queue that the declared queue dead-letters to'),
  arguments: z.record(z.string(), z.unknown()).optional().describe('Arguments of the queue declaration'),
})

const postgresSettings = z.strictObject({
  kind: z.literal('postgres'),
})

const answer = z.strictObject({
  status: z.int().min(200).max(599).optional(),
  body: z.unknown().optional().describe('JSON body of the answer'),
})

const httpSettings = z.strictObject({
  kind: z.literal('http'),
  dedup: z.strictObject({
    header: z.string().min(1).describe('Calls that repeat its value are performed once'),
    window: duration.optional().describe('How long the receiver remembers; for ever by default'),
  }).optional(),
  mode: z.enum(['plain', 'performs-then-drops']).optional().describe('Whether answers get lost'),
  dropFirst: z.int().min(0).optional().describe('How many calls are performed and dropped'),
  ...answer.shape,
  routes: z.record(z.string().startsWith('/'), answer).optional().describe('Answers of their own, by path'),
  idField: z.string().min(1).optional().describe('Field of a call by which GET /path/ID finds it again'),
})

const tcpSettings = z.strictObject({
  kind: z.literal('tcp'),
  to: z.string().min(1).describe("Where the link leads: 'host:port'"),
})

export const sourceSchema = z.discriminatedUnion('kind', [rabbitmqSettings])
export const dependencySchema = z.discriminatedUnion('kind', [postgresSettings, httpSettings, tcpSettings])

/** Fields that `{{name.field}}` may say of a link of this kind. */
export const templateFields = {
  rabbitmq: ['address', 'url', 'host', 'port', 'vhost', 'user', 'password', 'queue'],
  postgres: ['address', 'url', 'host', 'port', 'user', 'password', 'database'],
  http: ['address', 'url', 'host', 'port'],
  tcp: ['address', 'host', 'port'],
} as const satisfies Readonly<Record<SourceInput['kind'] | DependencyInput['kind'], readonly string[]>>

export type SourceInput = z.input<typeof sourceSchema>
export type DependencyInput = z.input<typeof dependencySchema>
export type RabbitmqInput = z.input<typeof rabbitmqSettings>
export type PostgresInput = z.input<typeof postgresSettings>
export type HttpInput = z.input<typeof httpSettings>
export type TcpInput = z.input<typeof tcpSettings>
