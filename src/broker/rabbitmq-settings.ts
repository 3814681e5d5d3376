/**
 * What a suite may say of a RabbitMQ source, checked, with every default filled in. Nothing here talks to a server.
 */
import { z } from 'zod'
import { UsageError } from '../lib/errors.ts'

const schema = z.strictObject({
  /** The queue that messages are sent to; the source's own name unless it is given. */
  queue: z.string().min(1).optional(),
  durable: z.boolean().default(true),
  /** Arguments of the declaration, as the protocol has them: `x-queue-type` and so on. */
  arguments: z.record(z.string(), z.unknown()).default({}),
  /** A queue that rejected messages go to, through the default exchange. */
  deadLetter: z.string().min(1).optional(),
  /** False: the subject declares the queue itself, and messages sent before that fail. */
  declare: z.boolean().default(true),
})

export interface RabbitmqSettings {
  readonly queue: string
  readonly durable: boolean
  readonly arguments: Readonly<Record<string, unknown>>
  readonly deadLetter: string | undefined
  readonly declare: boolean
}

export function parseRabbitmqSettings(name: string, settings: Readonly<Record<string, unknown>>): RabbitmqSettings {
  const parsed = schema.safeParse(settings)
  if (!parsed.success) {
    throw new UsageError(`rabbitmq() of "${name}" can't be read: ${z.prettifyError(parsed.error)}`)
  }
  const { queue = name, durable, deadLetter, declare } = parsed.data
  const dead = deadLetter === undefined
    ? {}
    : { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': deadLetter }
  return { queue, durable, deadLetter, declare, arguments: { ...dead, ...parsed.data.arguments } }
}
