/**
 * The public API: what a suite file imports. Everything here only makes plain data; nothing is started, and a suite
 * that is written in YAML or JSON needs none of it.
 */
import type { DependencyInput, SourceInput } from './suite/link-schema.ts'
import type { SuiteInput } from './suite/schema.ts'

type SourceOf<K extends SourceInput['kind']> = Extract<SourceInput, { kind: K }>
type DependencyOf<K extends DependencyInput['kind']> = Extract<DependencyInput, { kind: K }>

export type RabbitmqInput = SourceOf<'rabbitmq'>
export type KafkaInput = SourceOf<'kafka'>
export type SqsInput = SourceOf<'sqs'>
export type PostgresQueueInput = SourceOf<'postgresQueue'>
export type PostgresInput = DependencyOf<'postgres'>
export type HttpInput = DependencyOf<'http'>
export type TcpInput = DependencyOf<'tcp'>
export type { Handler, HandlerContext, HandlerMessage } from './subject/handler/message.ts'
export type { SuiteInput }

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
 * A source whose messages come from a Kafka topic, made for each cell like those under `topics` and `deadLetter`. The
 * subject finds it through `{{name.address}}`, `{{name.topic}}` and `{{name.group}}`, others as `{{name.topic.OTHER}}`.
 */
export function kafka(settings: Omit<KafkaInput, 'kind'> = {}): KafkaInput {
  return { kind: 'kafka', ...settings }
}

/**
 * A source whose messages come from a standard queue of SQS. The subject finds it through `{{name.endpoint}}` and
 * `{{name.queueUrl}}`, the queues that it writes to as `{{name.queueUrl.OTHER}}`.
 */
export function sqs(settings: Omit<SqsInput, 'kind' | 'fifo' | 'contentBasedDedup'> = {}): SqsInput {
  return { kind: 'sqs', fifo: false, ...settings }
}

/** The same with FIFO queues: messages of one key are a group, in order. */
export function sqsFifo(settings: Omit<SqsInput, 'kind' | 'fifo'> = {}): SqsInput {
  return { kind: 'sqs', fifo: true, ...settings }
}

/**
 * A source whose messages are rows of a table in a database that the suite declares: a table of jobs, an outbox. The
 * harness inserts them; `done` says when one is over, in SQL, and without it a row is over when it is gone.
 */
export function postgresQueue(settings: Omit<PostgresQueueInput, 'kind'> = {}): PostgresQueueInput {
  return { kind: 'postgresQueue', ...settings }
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
