/**
 * The part of a suite's schema that comes from the table of kinds: a source or a dependency is its kind with that
 * kind's settings beside it. Nothing here names a kind; how one works is no concern of this folder.
 */
import { z } from 'zod'
import { assert } from '../lib/assert.ts'
import type { shippedKinds } from '../kinds.ts'
import type { LinkKind } from '../model/kind.ts'

/** A link as written or complete: its kind, and beside it what that kind's schema has checked. */
export interface LinkInput {
  readonly kind: string
  readonly [setting: string]: unknown
}

type Table = Readonly<Record<string, LinkKind>>

type InputsOf<T extends Table> = {
  [K in keyof T & string]: z.input<z.ZodObject<T[K]['settings']['shape'] & { kind: z.ZodLiteral<K> }, z.core.$strict>>
}[keyof T & string]

/** What an author writes. */
export type SourceInput = InputsOf<typeof shippedKinds.sources>
export type DependencyInput = InputsOf<typeof shippedKinds.dependencies>

export function linkSchema(table: Table) {
  const [first, ...rest] = Object.entries(table).map(([kind, { settings }]) =>
    z.strictObject({ kind: z.literal(kind), ...settings.shape }))
  assert(first !== undefined, 'there is a kind')
  return z.discriminatedUnion('kind', [first, ...rest])
}

/** With every default; `kind` stands first. */
export function completeLink(table: Table, { kind, ...written }: LinkInput, name: string): LinkInput {
  const known = kindIn(table, kind)
  const named = known.named === undefined || written[known.named] !== undefined ? {} : { [known.named]: name }
  return { kind, ...named, ...known.settings.parse(written) }
}

/** Names of queues that are there; undefined where the subject may make its own. */
export function queuesOf(table: Table, link: LinkInput, name: string): readonly string[] | undefined {
  const { kind, ...settings } = completeLink(table, link, name)
  return kindIn(table, kind).queues?.(settings)
}

/** Fields of templates. */
export function fieldsOf(table: Table, link: LinkInput): readonly string[] {
  const { kind, ...written } = link
  const known = kindIn(table, kind)
  return known.fields(known.settings.parse(written))
}

function kindIn(table: Table, kind: string): LinkKind {
  const known = table[kind]
  assert(known !== undefined, `${kind} is a kind that the schema knows`)
  return known
}
