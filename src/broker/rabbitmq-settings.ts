/**
 * What a suite may say of a RabbitMQ source, checked, with every default filled in. Nothing here talks to a server.
 */
import { z } from 'zod'
import { UsageError } from '../lib/errors.ts'
import { linkKind } from '../model/kind.ts'

const flag = z.boolean().meta({ title: 'true or false', examples: ['one of them'] })

export const rabbitmqKind = linkKind({
  settings: z.strictObject({
    queue: z.string().min(1).optional().meta({
      title: 'the name of a queue', examples: ["queue: 'orders'"],
      description: 'Queue that the subject consumes; the name of the source by default',
    }),
    durable: flag.default(true),
    declare: flag.default(true).describe('The harness declares the queue before the subject starts'),
    deadLetter: z.string().min(1).optional().meta({
      title: 'the name of a queue', examples: ["deadLetter: 'orders.dead'"],
      description: 'Queue that the declared queue dead-letters to, through the default exchange',
    }),
    arguments: z.record(z.string(), z.unknown()).optional().meta({
      title: 'arguments by name', examples: ["arguments: { 'x-queue-type': 'quorum' }"],
      description: 'Arguments of the queue declaration',
    }),
  }),
  named: 'queue',
  clients: ['amqplib'],
  fields: () => ['address', 'url', 'host', 'port', 'vhost', 'user', 'password', 'queue'],
})

export interface RabbitmqSettings {
  readonly queue: string
  readonly durable: boolean
  readonly arguments: Readonly<Record<string, unknown>>
  readonly deadLetter: string | undefined
  readonly declare: boolean
}

export function parseRabbitmqSettings(name: string, settings: Readonly<Record<string, unknown>>): RabbitmqSettings {
  const parsed = rabbitmqKind.settings.safeParse(settings)
  if (!parsed.success) {
    throw new UsageError(`rabbitmq() of "${name}" can't be read: ${z.prettifyError(parsed.error)}`)
  }
  const { queue = name, durable, deadLetter, declare } = parsed.data
  const dead = deadLetter === undefined
    ? {}
    : { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': deadLetter }
  return { queue, durable, deadLetter, declare, arguments: { ...dead, ...parsed.data.arguments } }
}
