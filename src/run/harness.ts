/**
 * What a run holds from its start to its end: the watchdog's ledger and the running stack. Everything below it is
 * disposed in reverse when the run ends, however it ends.
 */
import { nativeEnvironment } from '../stack/native.ts'
import { edgesOf, partsOf, shippedKinds, type Edges, type Kinds } from '../kinds.ts'
import { inspectParts } from '../parts/registry.ts'
import { openLedger, type Ledger } from '../lib/ledger.ts'
import type { Conformance, Stack } from '../model/edges.ts'
import type { PartState } from '../model/part.ts'
import type { Suite } from '../model/suite.ts'

export interface Harness extends AsyncDisposable {
  readonly ledger: Ledger
  readonly stack: Stack
  /** What the suites of this run may name. */
  readonly kinds: Kinds
  /** Of the kinds that they do name. */
  readonly edges: Edges
  /** Which rules of the service the server of a kind keeps; asked once. Empty where there is nothing to ask. */
  conformance(kind: string): Promise<readonly Conformance[]>
  /** `{{parts.NAME}}`: where the parts that subjects may use are. */
  readonly partTemplates: Readonly<Record<string, string>>
}

/** Starts every server that the suites need, side by side. */
export type OpenHarness = (
  folder: string, suites: readonly Suite[], say: (text: string) => void, signal?: AbortSignal,
) => Promise<Harness>

export const openHarness = harnessFor(shippedKinds)

export function harnessFor(kinds: Kinds): OpenHarness {
  return (folder, suites, say, signal) =>
    open({ folder, suites, kinds, say, ...signal === undefined ? {} : { signal } })
}

interface Wanted {
  readonly folder: string
  readonly suites: readonly Suite[]
  readonly kinds: Kinds
  readonly say: (text: string) => void
  readonly signal?: AbortSignal
}

async function open({ folder, suites, kinds, say, signal }: Wanted): Promise<Harness> {
  const named = kindsOf(suites)
  // A later suite of the same stack may have dependencies that need no server; their edges cost next to nothing.
  const edges = await edgesOf(kinds, new Set([...named, ...Object.keys(kinds.dependencies)]))
  const starters = Object.fromEntries(Object.entries(edges).flatMap(([kind, { start }]) =>
    (start === undefined || !named.has(kind) ? [] : [[kind, start]])))
  const ledger = await openLedger(folder)
  try {
    const found = await inspectParts(partsOf(kinds))
    const others = Object.keys(starters).filter((kind) => found.every(({ name }) => name !== kind))
    const parts = [...found, ...others.map(partless)]
    const environment = nativeEnvironment(ledger, {
      parts, starters, onProgress: say, ...signal === undefined ? {} : { signal },
    })
    const stack = await environment.start(Object.keys(starters))
    return {
      ledger,
      stack,
      kinds,
      edges,
      conformance: askingOnce(edges, stack),
      partTemplates: Object.fromEntries(parts.flatMap(({ name, path }) =>
        (path === undefined ? [] : [[`parts.${name}`, path]]))),
      [Symbol.asyncDispose]: async () => {
        await stack[Symbol.asyncDispose]()
        await ledger[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await ledger[Symbol.asyncDispose]()
    throw error
  }
}

function askingOnce(edges: Edges, stack: Stack): Harness['conformance'] {
  const asked = new Map<string, Promise<readonly Conformance[]>>()
  return (kind) => {
    const broker = edges[kind]?.broker
    const server = stack.servers[kind]
    if (broker?.conformance === undefined || server === undefined) return Promise.resolve([])
    const answer = asked.get(kind) ?? broker.conformance(server)
    asked.set(kind, answer)
    return answer
  }
}

/** A server that is made of nothing that could be missing. */
function partless(name: string): PartState {
  return { name, version: '', source: 'system', state: `${name} needs nothing` }
}

/** Kinds that the suites name. */
function kindsOf(suites: readonly Suite[]): ReadonlySet<string> {
  const named = suites.flatMap((suite) => [...Object.values(suite.sources), ...Object.values(suite.dependencies)])
  return new Set(named.map(({ kind }) => kind))
}
