/**
 * What a cell holds of every server and sink: one share per source and dependency of the suite. Opening is all or
 * nothing; the links that incarnations get are made of these and know nothing of each other.
 */
import { brokers } from '../broker/registry.ts'
import { sinks } from '../sink/registry.ts'
import { assert } from '../lib/assert.ts'
import { plainLinks } from '../tap/plain-link.ts'
import type { CellShare, DatabaseShare, DatabaseTemplate, SinkShare, SourceShare, Stack } from '../model/edges.ts'
import type { Suite } from '../model/suite.ts'
import type { LinkPlan } from './incarnation.ts'

export interface Shares extends AsyncDisposable {
  /** The first source: where the workload is sent. */
  readonly source: SourceShare
  readonly sources: ReadonlyMap<string, SourceShare>
  readonly databases: ReadonlyMap<string, DatabaseShare>
  readonly sinks: ReadonlyMap<string, SinkShare>
  readonly links: readonly LinkPlan[]
}

/** What shares are made from. */
export interface ShareSources {
  readonly suite: Suite
  readonly stack: Stack
  readonly databases: ReadonlyMap<string, DatabaseTemplate>
}

export async function openShares(from: ShareSources, cell: string): Promise<Shares> {
  const { suite, stack } = from
  const opened: AsyncDisposable[] = []
  const sources = new Map<string, SourceShare>()
  const databases = new Map<string, DatabaseShare>()
  const outside = new Map<string, SinkShare>()
  const links: LinkPlan[] = []
  const add = (name: string, share: CellShare, lease: boolean): void => {
    opened.push(share)
    links.push({ name, share, lease })
  }
  try {
    for (const [name, source] of Object.entries(suite.sources)) {
      const broker = brokers[source.kind]
      const server = stack.servers[source.kind]
      assert(broker !== undefined && server !== undefined, `${source.kind} is registered and started`)
      const share = await broker.cell(server, cell, name, source.settings)
      sources.set(name, share)
      add(name, share, true)
    }
    for (const [name, template] of from.databases) {
      const share = await template.cell(cell)
      databases.set(name, share)
      add(name, share, false)
    }
    for (const [name, dependency] of Object.entries(suite.dependencies)) {
      const plain = plainLinks[dependency.kind]
      if (plain !== undefined) add(name, plain(name, dependency.settings), false)
      const sink = sinks[dependency.kind]
      if (sink === undefined) continue
      const share = await sink.cell(cell, name, dependency.settings)
      outside.set(name, share)
      add(name, share, false)
    }
  } catch (error) {
    for (const share of opened.reverse()) await share[Symbol.asyncDispose]()
    throw error
  }
  const [source] = sources.values()
  assert(source !== undefined, 'a suite has a source')
  return {
    source, sources, databases, sinks: outside, links,
    [Symbol.asyncDispose]: async () => {
      for (const share of opened.reverse()) await share[Symbol.asyncDispose]()
    },
  }
}
