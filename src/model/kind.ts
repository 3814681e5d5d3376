/**
 * What a suite may say of one kind of source or dependency: its settings and the fields of its templates. It stands
 * once, beside the edge that it is for; reading a suite, explaining it and opening a share all use this.
 *
 * How a kind works is told by the interfaces of `edges.ts`; `src/kinds.ts` puts both together.
 */
import type { z } from 'zod'

export interface LinkKind<S extends z.ZodObject = z.ZodObject> {
  /**
   * What stands beside `kind`, strict, with defaults. `description` says what a key is for, `title` ends "expected
   * ...", and the first of `examples` ends "write ...".
   */
  readonly settings: S
  /** The setting that is called like the link where the suite says nothing: a queue, a topic. */
  readonly named?: keyof z.output<S> & string
  /**
   * It is part of a dependency of that kind, which its setting `in` names, and has no server or link of its own. Its
   * setting `lease` is how long a claim lasts that is not its connection's.
   */
  readonly lodgesIn?: string
  /** Clients whose loops can host a handler on it: names of files in subject/handler/. */
  readonly clients?: readonly string[]
  /** Names that effects and dead letters may give; undefined: any, since the subject makes queues of its own. */
  queues?(settings: z.output<S>): readonly string[]
  /** What `{{link.FIELD}}` may say, given the settings. */
  fields(settings: z.output<S>): readonly string[]
}

/** Only for its type: the schema's own is kept. */
export function linkKind<S extends z.ZodObject>(kind: LinkKind<S>): LinkKind<S> {
  return kind
}
