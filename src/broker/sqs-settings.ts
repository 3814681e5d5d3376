/**
 * What a suite may say of an SQS source, with its defaults, and what templates may say of it. Names are the suite's
 * own, without the `.fifo` that the service wants at the end of a FIFO queue's; in a cell each is a queue of its own.
 */
import { z } from 'zod'
import { duration, parseDuration } from '../lib/duration.ts'
import { UsageError } from '../lib/errors.ts'
import { linkKind } from '../model/kind.ts'

/** What SQS takes as a name (80 characters with the cell's part and the suffix). */
const queueName = z.string().regex(/^[\w-]{1,40}$/, "a queue's name is letters, digits, '_' and '-'")
const flag = z.boolean().meta({ title: 'true or false', examples: ['one of them'] })

export const sqsKind = linkKind({
  settings: z.strictObject({
    queue: queueName.optional().meta({
      title: 'the name of a queue', examples: ["queue: 'orders'"],
      description: 'Queue that the subject consumes; the name of the source by default',
    }),
    fifo: flag.default(true).describe('A FIFO queue, and FIFO queues beside it'),
    visibility: duration.default('30s').describe('How long a message that was received stays out of sight'),
    contentBasedDedup: flag.default(false).describe('Messages without a deduplication id are told apart by content'),
    deadLetter: queueName.optional().meta({
      title: 'the name of a queue', examples: ["deadLetter: 'orders-dead'"],
      description: 'Queue for messages that were received too often',
    }),
    maxReceiveCount: z.int().min(1).max(1000).optional().meta({
      title: 'a count', examples: ['maxReceiveCount: 3'],
      description: 'How often a message may be received before it goes there; 3 by default where there is one',
    }),
    queues: z.array(queueName).default([]).meta({
      title: 'a list of queues', examples: ["queues: ['receipts']"],
      description: 'Further queues: what the subject writes to',
    }),
  }),
  named: 'queue',
  clients: ['sqs', 'lambda'],
  queues: (settings) => [settings.queue ?? '', ...further(settings)],
  fields: (settings) => [
    'address', 'host', 'port', 'endpoint', 'queueUrl', 'queue', 'region', 'accessKey', 'secretKey',
    ...further(settings).map((name) => `queueUrl.${name}`),
  ],
})

/** Queues beside the source's own. */
function further(
  { queues, deadLetter }: { readonly queues: readonly string[]; readonly deadLetter?: string | undefined },
): readonly string[] {
  return [...queues, ...deadLetter === undefined ? [] : [deadLetter]]
}

/** Where a message goes that was received too often. */
interface DeadLetters {
  readonly queue: string
  readonly maxReceiveCount: number
}

export interface SqsSettings {
  readonly queue: string
  readonly fifo: boolean
  /** Whole seconds: what the service counts in. */
  readonly visibilitySeconds: number
  readonly contentBasedDedup: boolean
  readonly deadLetters: DeadLetters | undefined
  /** All queues of the cell: the source's own, the one for dead letters, the further ones. */
  readonly queues: readonly string[]
}

const MAX_RECEIVE_COUNT = 3
/** The service's own limits: characters of a name, seconds out of sight. */
const NAME_MAX = 80
const VISIBILITY_MAX = 43_200

export function parseSqsSettings(name: string, settings: Readonly<Record<string, unknown>>): SqsSettings {
  const parsed = sqsKind.settings.safeParse(settings)
  if (!parsed.success) throw new UsageError(`sqs() of "${name}" can't be read: ${z.prettifyError(parsed.error)}`)
  const { queue = name, fifo, contentBasedDedup, deadLetter, queues } = parsed.data
  if (!queueName.safeParse(queue).success) {
    throw new UsageError(`The source name "${name}" is no name of a queue: give sqs() a queue of its own.`)
  }
  const maxReceiveCount = parsed.data.maxReceiveCount ?? MAX_RECEIVE_COUNT
  if (parsed.data.maxReceiveCount !== undefined && deadLetter === undefined) {
    throw new UsageError(`sqs() of "${name}" has a maxReceiveCount and no deadLetter: such messages need a queue.`)
  }
  const visibilitySeconds = Math.ceil(parseDuration(parsed.data.visibility) / 1000)
  if (visibilitySeconds > VISIBILITY_MAX) {
    throw new UsageError(`sqs() of "${name}" hides messages for longer than the 12 hours that SQS allows.`)
  }
  return {
    queue, fifo, visibilitySeconds, contentBasedDedup,
    deadLetters: deadLetter === undefined ? undefined : { queue: deadLetter, maxReceiveCount },
    queues: [...new Set([...deadLetter === undefined ? [] : [deadLetter], ...queues, queue])],
  }
}

/** What a queue is called in a cell; `wire/sqs` takes the cell's part off again, which has no `-` therefore. */
export function queueInCell(cell: string, name: string, fifo: boolean): string {
  const plain = fifo ? name.replace(/\.fifo$/, '') : name
  const scoped = `onceproof-${cell.replaceAll(/[^A-Za-z\d_]/g, '_')}-${plain}${fifo ? '.fifo' : ''}`
  if (scoped.length > NAME_MAX) throw new UsageError(`"${name}" is too long for the name of a queue.`)
  return scoped
}
