/**
 * What a suite may say of an SQS source, with its defaults, and what templates may say of it. Names are the suite's
 * own, without the `.fifo` that the service wants at the end of a FIFO queue's; in a cell each is a queue of its own.
 */
import { z } from 'zod'
import { duration } from '../lib/duration.ts'
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
  clients: ['sqs'],
  fields: ({ queues, deadLetter }) => [
    'address', 'host', 'port', 'endpoint', 'queueUrl', 'queue', 'region', 'accessKey', 'secretKey',
    ...[...queues, ...deadLetter === undefined ? [] : [deadLetter]].map((name) => `queueUrl.${name}`),
  ],
})
