/**
 * What a suite may say of an HTTP sink, checked, with every default filled in.
 */
import { z } from 'zod'
import { UsageError } from '../lib/errors.ts'
import { formatPointer } from '../lib/json-pointer.ts'

const answer = z.strictObject({
  status: z.int().min(200).max(599).default(200),
  body: z.unknown().default({ ok: true }),
})

const schema = z.strictObject({
  ...answer.shape,
  /** Answers of their own, by path; the rest gets the one above. */
  routes: z.record(z.string().startsWith('/'), answer).default({}),
  /** A repeat of the key in this header is answered again without being performed again. */
  dedup: z.strictObject({ header: z.string().min(1), windowMs: z.number().positive().optional() }).optional(),
  mode: z.enum(['plain', 'performs-then-drops']).default('plain'),
  /** How many calls are performed and then left without an answer. */
  dropFirst: z.int().min(0).default(1),
  /** The field (or JSON pointer) of a body that lookups compare; any of its values unless this is given. */
  idField: z.string().min(1).optional(),
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
  const parsed = schema.safeParse(settings)
  if (!parsed.success) throw new UsageError(`http() of "${name}" can't be read: ${z.prettifyError(parsed.error)}`)
  const { dedup, mode, dropFirst, idField, routes } = parsed.data
  const asAnswer = ({ status, body }: z.infer<typeof answer>): Answer => ({ status, body: JSON.stringify(body) })
  return {
    answer: asAnswer(parsed.data),
    routes: new Map(Object.entries(routes).map(([path, route]) => [path, asAnswer(route)])),
    // Header names have no case; node gives them in lower case.
    dedup: dedup && { header: dedup.header.toLowerCase(), windowMs: dedup.windowMs ?? Number.POSITIVE_INFINITY },
    dropFirst: mode === 'performs-then-drops' ? dropFirst : 0,
    idField: idField === undefined || idField.startsWith('/') ? idField : formatPointer([idField]),
  }
}
