/**
 * What the run wrote down as `learned`, read back into types: the suite's contract, the scope, and the counts that
 * the harness took of itself.
 *
 * A history can come from a file of another version, so every value is parsed. One that does not parse is listed as
 * malformed, which becomes a doubt: it is never silently taken for "nothing to object to".
 */
import { z } from 'zod'
import type { History } from '../model/history.ts'
import { eventsOf } from '../model/history.ts'

const effectFacts = z.object({
  name: z.string(),
  expectation: z.enum(['once', 'at-least-once', 'at-most-once']),
  /** All messages of one key share a row of it. */
  shared: z.enum(['sum', 'last']).optional(),
  /** `rows` are the differential oracle's; every other kind was declared by the suite or read by a sink. */
  kind: z.string(),
  declared: z.boolean(),
})

const suiteFacts = z.object({
  name: z.string(),
  effects: z.array(effectFacts),
  profile: z.string(),
  contract: z.object({
    producerDuplicates: z.boolean().optional(),
    replayWithinMs: z.number().optional(),
    dedupWindowMs: z.number().optional(),
  }),
  deadLetter: z.array(z.string()),
  horizonMs: z.number(),
  tailMs: z.number(),
  /** `query`: the subject's own database told, and the harness wrote it down where it saw it. */
  settlement: z.enum(['wire', 'none', 'query']).default('wire'),
  /** The subject may refuse a message for good. */
  reject: z.boolean().default(false),
})

const scopeFacts = z.object({ faults: z.array(z.string()), partial: z.boolean(), contexts: z.array(z.string()) })
const attributionFacts = z.object({ rows: z.number(), attributed: z.number() })
const linkFacts = z.array(z.object({
  link: z.string(), seen: z.number().nullable(), tapped: z.number(), own: z.number(),
}))
/** By link: whether breaking its proxy has closed the subject's connections. */
const proxyFacts = z.record(z.string(), z.boolean())
const tailFacts = z.object({ planned: z.number(), waited: z.number() })
/** Dead letter queues of a cell that were emptied and read. */
const deadLetterFacts = z.object({ queues: z.array(z.string()) })
const mergeFacts = z.object({ checked: z.number(), disagreed: z.number(), where: z.array(z.string()).default([]) })
const exhaustiveFacts = z.object({
  boundaries: z.number(), worlds: z.number(), points: z.number(), disagreements: z.array(z.string()),
  missed: z.array(z.string()).default([]),
})

const leftOutFacts = z.array(z.object({
  fault: z.string(), why: z.string(), by: z.enum(['subject', 'suite']).default('suite'),
}))

export type EffectFacts = Readonly<z.infer<typeof effectFacts>>
export type SuiteFacts = Readonly<z.infer<typeof suiteFacts>>
export type LinkFacts = Readonly<z.infer<typeof linkFacts>[number]>
export type TailFacts = Readonly<z.infer<typeof tailFacts>> & { readonly cell: string }

export interface Facts {
  readonly suite: SuiteFacts | undefined
  readonly scope: z.infer<typeof scopeFacts> | undefined
  readonly attributions: readonly z.infer<typeof attributionFacts>[]
  /** Undefined: nobody counted connections. */
  readonly links: readonly LinkFacts[] | undefined
  readonly proxied: readonly Readonly<z.infer<typeof proxyFacts>>[]
  readonly tails: readonly TailFacts[]
  /** Cells whose dead letter queues were looked into. */
  readonly deadLettersRead: ReadonlySet<string>
  readonly merges: readonly z.infer<typeof mergeFacts>[]
  readonly exhaustive: z.infer<typeof exhaustiveFacts> | undefined
  /** Kinds of faults that were not planned for this subject. */
  readonly leftOut: z.infer<typeof leftOutFacts>
  /** Names of facts that could not be read. */
  readonly malformed: readonly string[]
}

export function factsOf(history: History): Facts {
  const malformed: string[] = []
  const learned = eventsOf(history, 'learned')
  function read<T>(what: string, schema: z.ZodType<T>): { readonly cell: string; readonly value: T }[] {
    return learned.filter((event) => event.what === what).flatMap((event) => {
      const parsed = schema.safeParse(event.value)
      if (parsed.success) return [{ cell: event.cell, value: parsed.data }]
      malformed.push(what)
      return []
    })
  }
  const links = read('links', linkFacts)
  return {
    suite: read('suite', suiteFacts).at(-1)?.value,
    scope: read('scope', scopeFacts).at(-1)?.value,
    attributions: read('attribution', attributionFacts).map((fact) => fact.value),
    links: links.length === 0 ? undefined : links.flatMap((fact) => fact.value),
    proxied: read('proxied', proxyFacts).map((fact) => fact.value),
    tails: read('tail', tailFacts).map((fact) => ({ cell: fact.cell, ...fact.value })),
    deadLettersRead: new Set(read('dead-letters', deadLetterFacts).map((fact) => fact.cell)),
    merges: read('merge-check', mergeFacts).map((fact) => fact.value),
    exhaustive: read('exhaustive', exhaustiveFacts).at(-1)?.value,
    leftOut: read('left-out', leftOutFacts).at(-1)?.value ?? [],
    malformed,
  }
}
