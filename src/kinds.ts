/**
 * The one table of what a suite can name: kinds of sources and of dependencies, each with what is written about it,
 * which parts its server is made of, and its edge: how the server starts and what a cell has of it.
 *
 * A new broker is its protocol in `wire/`, its edge in `broker/`, its start in `stack/` (and `parts/`, when setup
 * installs it) and one entry here; nothing else names it (tidy/protocols.ts). Edges bring large clients along, so that
 * only those that a run needs are loaded.
 */
import { kafkaKind } from './broker/kafka-settings.ts'
import { rabbitmqKind } from './broker/rabbitmq-settings.ts'
import { sqsKind } from './broker/sqs-settings.ts'
import { postgresQueueKind } from './database/postgres-queue-settings.ts'
import { postgresKind } from './database/postgres-settings.ts'
import type { Broker, Database, Lodger, Sink } from './model/edges.ts'
import type { LinkKind } from './model/kind.ts'
import { kafkaPart } from './parts/kafka.ts'
import type { Part } from './parts/part.ts'
import { postgresPart } from './parts/postgres.ts'
import { rabbitmqPart } from './parts/rabbitmq.ts'
import { elasticmqPart } from './parts/sqs-elasticmq.ts'
import { sqsPart } from './parts/sqs.ts'
import { httpKind } from './sink/http-settings.ts'
import type { Starter } from './stack/server.ts'
import { tcpKind, tcpLink, type PlainLink } from './tap/plain-link.ts'

/** One of the five says what a cell has of it. */
export interface Edge {
  readonly broker?: Broker
  /** Part of a dependency, which has the server. */
  readonly lodger?: Lodger
  readonly database?: Database
  readonly sink?: Sink
  readonly plain?: PlainLink
  /** Its server; none where there is nothing to start. */
  readonly start?: Starter
}

export interface Kind<E extends Edge = Edge> extends LinkKind {
  /** What the server is made of: the first has the kind's name and is handed to its start. None: it needs nothing. */
  readonly parts?: readonly Part[]
  edge(): Promise<E>
}

export type SourceKind =
  Kind<Edge & ({ readonly broker: Broker; readonly start: Starter } | { readonly lodger: Lodger })>

export interface Kinds {
  readonly sources: Readonly<Record<string, SourceKind>>
  readonly dependencies: Readonly<Record<string, Kind>>
}

export const shippedKinds = {
  sources: {
    rabbitmq: {
      ...rabbitmqKind, parts: [rabbitmqPart],
      edge: async () => ({
        broker: (await import('./broker/rabbitmq.ts')).rabbitmq,
        start: (await import('./stack/rabbitmq.ts')).startRabbitmq,
      }),
    },
    kafka: {
      ...kafkaKind, parts: [kafkaPart],
      edge: async () => ({
        broker: (await import('./broker/kafka.ts')).kafka, start: (await import('./stack/kafka.ts')).startKafka,
      }),
    },
    sqs: {
      ...sqsKind, parts: [sqsPart, elasticmqPart],
      edge: async () => ({
        broker: (await import('./broker/sqs.ts')).sqs, start: (await import('./stack/sqs.ts')).startSqs,
      }),
    },
    postgresQueue: {
      ...postgresQueueKind,
      edge: async () => ({ lodger: (await import('./database/postgres-queue.ts')).postgresQueue }),
    },
  },
  dependencies: {
    postgres: {
      ...postgresKind, parts: [postgresPart],
      edge: async () => ({
        database: (await import('./database/postgres.ts')).postgres,
        start: (await import('./stack/postgres.ts')).startPostgres,
      }),
    },
    http: { ...httpKind, edge: async () => ({ sink: (await import('./sink/http.ts')).http }) },
    tcp: { ...tcpKind, edge: () => Promise.resolve({ plain: tcpLink }) },
  },
} as const satisfies Kinds

/** Edges by kind. */
export type Edges = Readonly<Record<string, Edge>>

export async function edgesOf({ sources, dependencies }: Kinds, wanted: ReadonlySet<string>): Promise<Edges> {
  const kinds = Object.entries<Kind>({ ...dependencies, ...sources }).filter(([kind]) => wanted.has(kind))
  return Object.fromEntries(await Promise.all(kinds.map(async ([kind, found]) => [kind, await found.edge()] as const)))
}

/** Parts of all servers, whether a run needs them or not. */
export function partsOf({ sources, dependencies }: Kinds): readonly Part[] {
  return Object.values<Kind>({ ...sources, ...dependencies }).flatMap(({ parts = [] }) => parts)
}
