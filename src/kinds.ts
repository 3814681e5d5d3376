/**
 * The one table of what a suite can name: kinds of sources and of dependencies, each with what is written about it,
 * how a cell uses it and how its server starts.
 *
 * A new broker is its protocol in `wire/`, its edge in `broker/`, its start in `stack/` (and `parts/`, when setup
 * installs it) and one line here; nothing else names it (tidy/protocols.ts).
 */
import { kafkaKind } from './broker/kafka-settings.ts'
import { kafka } from './broker/kafka.ts'
import { rabbitmqKind } from './broker/rabbitmq-settings.ts'
import { rabbitmq } from './broker/rabbitmq.ts'
import { sqsKind } from './broker/sqs-settings.ts'
import { sqs } from './broker/sqs.ts'
import { postgres, postgresKind } from './database/postgres.ts'
import type { Broker, Database, Sink } from './model/edges.ts'
import type { LinkKind } from './model/kind.ts'
import { httpKind } from './sink/http-settings.ts'
import { http } from './sink/http.ts'
import { startKafka } from './stack/kafka.ts'
import { startPostgres } from './stack/postgres.ts'
import { startRabbitmq } from './stack/rabbitmq.ts'
import type { Starter } from './stack/server.ts'
import { startSqs } from './stack/sqs.ts'
import { tcpKind, tcpLink, type PlainLink } from './tap/plain-link.ts'

interface ServerKind {
  /** The server of this kind; none where nothing is to be started. */
  readonly start?: Starter
}

export interface SourceKind extends LinkKind, ServerKind {
  readonly broker?: Broker
}

/** One of the three says what a cell has of it. */
export interface DependencyKind extends LinkKind, ServerKind {
  readonly database?: Database
  readonly sink?: Sink
  readonly plain?: PlainLink
}

export interface Kinds {
  readonly sources: Readonly<Record<string, SourceKind>>
  readonly dependencies: Readonly<Record<string, DependencyKind>>
}

export const shippedKinds = {
  sources: {
    rabbitmq: { ...rabbitmqKind, broker: rabbitmq, start: startRabbitmq },
    kafka: { ...kafkaKind, broker: kafka, start: startKafka },
    sqs: { ...sqsKind, broker: sqs, start: startSqs },
  },
  dependencies: {
    postgres: { ...postgresKind, database: postgres, start: startPostgres },
    http: { ...httpKind, sink: http },
    tcp: { ...tcpKind, plain: tcpLink },
  },
} as const satisfies Kinds

/** By kind. */
export function startersOf({ sources, dependencies }: Kinds): Readonly<Record<string, Starter>> {
  return Object.fromEntries(Object.entries<ServerKind>({ ...sources, ...dependencies })
    .flatMap(([kind, { start }]) => (start === undefined ? [] : [[kind, start]])))
}
