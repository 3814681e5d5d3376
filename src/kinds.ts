/**
 * The one table of what a suite can name: kinds of sources and of dependencies.
 *
 * A new broker is its protocol in `wire/`, its edge in `broker/`, its start in `stack/` (and `parts/`, when setup
 * installs it) and one line here; nothing else names it.
 */
import { kafkaKind } from './broker/kafka-settings.ts'
import { rabbitmqKind } from './broker/rabbitmq-settings.ts'
import { sqsKind } from './broker/sqs-settings.ts'
import { postgresKind } from './database/postgres.ts'
import type { LinkKind } from './model/kind.ts'
import { httpKind } from './sink/http-settings.ts'
import { tcpKind } from './tap/plain-link.ts'

export interface Kinds {
  readonly sources: Readonly<Record<string, LinkKind>>
  readonly dependencies: Readonly<Record<string, LinkKind>>
}

export const shippedKinds = {
  sources: { rabbitmq: rabbitmqKind, kafka: kafkaKind, sqs: sqsKind },
  dependencies: { postgres: postgresKind, http: httpKind, tcp: tcpKind },
} as const satisfies Kinds
