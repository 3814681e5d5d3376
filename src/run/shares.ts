/**
 * What a cell holds of every server and sink: one share per source and dependency of the suite. Opening is all or
 * nothing; the links that incarnations get are made of these and know nothing of each other.
 */
import type { Edges } from '../kinds.ts'
import { assert } from '../lib/assert.ts'
import type { CellShare, DatabaseShare, DatabaseTemplate, SinkShare, SourceShare, Stack } from '../model/edges.ts'
import type { Message } from '../model/message.ts'
import type { Suite } from '../model/suite.ts'
import type { LinkPlan } from './incarnation.ts'

export interface Shares extends AsyncDisposable {
  /** Where the workload is sent, by name: the suite's lanes, or its first source alone. */
  readonly lanes: ReadonlyMap<string, SourceShare>
  readonly sources: ReadonlyMap<string, SourceShare>
  readonly databases: ReadonlyMap<string, DatabaseShare>
  readonly sinks: ReadonlyMap<string, SinkShare>
  readonly links: readonly LinkPlan[]
}

/** What shares are made from. */
export interface ShareSources {
  readonly suite: Suite
  readonly stack: Stack
  readonly edges: Edges
  readonly databases: ReadonlyMap<string, DatabaseTemplate>
}

export async function openShares(from: ShareSources, cell: string): Promise<Shares> {
  const { suite, stack, edges } = from
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
    for (const [name, source] of Object.entries(suite.sources).filter(([, { lodging }]) => lodging === undefined)) {
      const broker = edges[source.kind]?.broker
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
    for (const [name, source] of Object.entries(suite.sources)) {
      const at = source.lodging?.dependency ?? ''
      const host = databases.get(at)
      const share = host === undefined ? undefined : edges[source.kind]?.lodger?.cell(host, name, source.settings)
      if (share === undefined) continue
      sources.set(name, share)
      opened.push(share)
      // Its link is the dependency's, with a wire that tells deliveries.
      links.splice(links.findIndex((link) => link.share === host), 1, { name: at, share, lease: true })
    }
    for (const [name, dependency] of Object.entries(suite.dependencies)) {
      const { plain, sink } = edges[dependency.kind] ?? {}
      if (plain !== undefined) add(name, plain(name, dependency.settings), false)
      if (sink === undefined) continue
      const share = await sink.cell(cell, name, dependency.settings)
      outside.set(name, share)
      add(name, share, false)
    }
  } catch (error) {
    for (const share of opened.reverse()) await share[Symbol.asyncDispose]()
    throw error
  }
  return {
    lanes: lanesOf(suite, sources), sources, databases, sinks: outside, links,
    [Symbol.asyncDispose]: async () => {
      for (const share of opened.reverse()) await share[Symbol.asyncDispose]()
    },
  }
}

/** Where a message is sent. */
export function laneFor({ lanes }: Pick<Shares, 'lanes'>, { lane }: Pick<Message, 'lane'>): SourceShare {
  const share = lane === undefined ? [...lanes.values()][0] : lanes.get(lane)
  assert(share !== undefined, `${lane ?? 'the first source'} is a lane`)
  return share
}

function lanesOf({ workload, sources }: Suite, shares: ReadonlyMap<string, SourceShare>): Map<string, SourceShare> {
  const names = workload.lanes ?? Object.keys(sources).slice(0, 1)
  const lanes = new Map(names.flatMap((name) => {
    const share = shares.get(name)
    return share === undefined ? [] : [[name, share] as const]
  }))
  assert(lanes.size > 0 && lanes.size === names.length, 'a suite has a source, and its lanes are sources of its own')
  return lanes
}
