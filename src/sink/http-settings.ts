/**
 * What a suite may say of an HTTP sink, checked, with every default filled in.
 */
import { z } from 'zod'
import { duration, parseDuration } from '../lib/duration.ts'
import { UsageError } from '../lib/errors.ts'
import { formatPointer } from '../lib/json-pointer.ts'
import { linkKind } from '../model/kind.ts'

const answer = z.strictObject({
  status: z.int().min(200).max(599).default(200).meta({
    title: 'a status from 200 to 599', examples: ['status: 200'],
  }),
  body: z.unknown().default({ ok: true }).describe('JSON body of the answer'),
})

export const httpKind = linkKind({
  settings: z.strictObject({
    dedup: z.strictObject({
      header: z.string().min(1).describe('Calls that repeat its value are answered again and performed once'),
      window: duration.optional().describe('How long the receiver remembers; for ever by default'),
    }).optional().meta({ title: 'a header to deduplicate by', examples: ["dedup: { header: 'Idempotency-Key' }"] }),
    mode: z.enum(['plain', 'performs-then-drops']).default('plain').describe('Whether answers get lost'),
    dropFirst: z.int().min(0).default(1).describe('How many calls are performed and dropped, in the second mode'),
    ...answer.shape,
    routes: z.record(z.string().startsWith('/'), answer).default({}).describe('Answers of their own, by path'),
    idField: z.string().min(1).optional()
      .describe('Field of a call, or pointer to it, by which GET /path/ID finds it again; any field by default'),
  }),
  fields: () => ['address', 'url', 'host', 'port'],
})

export interface Answer {
  readonly status: number
  readonly body: string
}

export interface HttpSinkSettings {
  readonly answer: Answer
  readonly routes: ReadonlyMap<string, Answer>
  readonly dedup: { readonly header: string; readonly windowMs: number } | undefined
  readonly dropFirst: number
  /** A JSON pointer. */
  readonly idField: string | undefined
}

export function parseHttpSinkSettings(name: string, settings: Readonly<Record<string, unknown>>): HttpSinkSettings {
  const parsed = httpKind.settings.safeParse(settings)
  if (!parsed.success) throw new UsageError(`http() of "${name}" can't be read: ${z.prettifyError(parsed.error)}`)
  const { dedup, mode, dropFirst, idField, routes } = parsed.data
  const asAnswer = ({ status, body }: z.infer<typeof answer>): Answer => ({ status, body: JSON.stringify(body) })
  const windowMs = dedup?.window === undefined ? Number.POSITIVE_INFINITY : parseDuration(dedup.window)
  return {
    answer: asAnswer(parsed.data),
    routes: new Map(Object.entries(routes).map(([path, route]) => [path, asAnswer(route)])),
    // Header names have no case; node gives them in lower case.
    dedup: dedup && { header: dedup.header.toLowerCase(), windowMs },
    dropFirst: mode === 'performs-then-drops' ? dropFirst : 0,
    idField: idField === undefined || idField.startsWith('/') ? idField : formatPointer([idField]),
  }
}
