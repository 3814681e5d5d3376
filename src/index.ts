/**
 * The public API: what a suite file imports. Everything here only makes plain data; nothing is started, and a suite
 * that is written in YAML or JSON needs none of it.
 */
import type { HttpInput, PostgresInput, RabbitmqInput, TcpInput } from './suite/kinds.ts'
import type { SuiteInput } from './suite/schema.ts'

export type { HttpInput, PostgresInput, RabbitmqInput, SuiteInput, TcpInput }

/**
 * Types a suite and hands it back unchanged; make the result the default export of the file. What the keys mean is in
 * the JSON schema that `onceproof schema` prints, and `onceproof explain` shows every default with its origin.
 */
export function defineSuite(suite: SuiteInput): SuiteInput {
  return suite
}

/**
 * A source whose messages come from a RabbitMQ queue. The harness declares the queue (durable, named like the source)
 * unless the settings say otherwise; the subject finds it through `{{name.url}}` and `{{name.queue}}`.
 */
export function rabbitmq(settings: Omit<RabbitmqInput, 'kind'> = {}): RabbitmqInput {
  return { kind: 'rabbitmq', ...settings }
}

/**
 * A PostgreSQL database of the subject's own, cloned for each cell from what the suite's `setup` commands made. The
 * subject finds it through `{{name.url}}` or the single parts of the address.
 */
export function postgres(settings: Omit<PostgresInput, 'kind'> = {}): PostgresInput {
  return { kind: 'postgres', ...settings }
}

/**
 * An HTTP service that the subject calls; the harness plays it and records every call. With `dedup` it performs calls
 * with an equal key once, as payment providers do; without it every call takes effect.
 */
export function http(settings: Omit<HttpInput, 'kind'> = {}): HttpInput {
  return { kind: 'http', ...settings }
}

/**
 * A service over TCP that has no decoder: all network faults apply, and the certificate says that what went over the
 * link was not decoded.
 */
export function tcp(settings: Omit<TcpInput, 'kind'>): TcpInput {
  return { kind: 'tcp', ...settings }
}
