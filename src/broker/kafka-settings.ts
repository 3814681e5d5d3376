/**
 * What a suite may say of a Kafka source, checked, with every default filled in, and the names that its topics and its
 * group have in a cell. Nothing here talks to a server.
 *
 * Cells share one broker, so that names keep them apart: `onceproof.CELL.NAME`. The cell's part has no dots, which
 * makes the name unambiguous; a topic's own dots stay, because `orders.dlq` is how people call them.
 */
import { z } from 'zod'
import { UsageError } from '../lib/errors.ts'
import { linkKind } from '../model/kind.ts'

/** Kafka's own rule for names of topics. */
const topicName = z.string().regex(/^[\w.-]+$/, "a topic's name is letters, digits, '.', '_' and '-'")
const partitions = z.int().min(1).max(64)

/** The longest name of a topic: its folder is called like it, with the partition behind. */
const NAME_MAX = 249

export const kafkaKind = linkKind({
  settings: z.strictObject({
    topic: topicName.optional().meta({
      title: 'the name of a topic', examples: ["topic: 'orders'"],
      description: 'Topic that the subject consumes; the name of the source by default',
    }),
    partitions: partitions.default(1).meta({
      title: 'a count', examples: ['partitions: 3'], description: 'Partitions of that topic',
    }),
    topics: z.record(topicName, partitions).default({}).meta({
      title: 'partitions by topic', examples: ['topics: { receipts: 1 }'],
      description: 'Further topics: what the subject writes to',
    }),
    deadLetter: topicName.optional().meta({
      title: 'the name of a topic', examples: ["deadLetter: 'orders.dlq'"],
      description: 'Topic for messages that the subject gives up',
    }),
    group: z.string().min(1).optional().meta({
      title: 'the name of a group', examples: ["group: 'billing'"],
      description: 'Consumer group of the subject; the name of the source by default',
    }),
  }),
  named: 'topic',
  clients: ['kafkajs', 'platformatic'],
  queues: (settings) => [settings.topic ?? '', ...further(settings)],
  fields: (settings) => [
    'address', 'host', 'port', 'topic', 'group', ...further(settings).map((name) => `topic.${name}`),
  ],
})

/** Topics beside the source's own. */
function further(
  { topics, deadLetter }: { readonly topics: object; readonly deadLetter?: string | undefined },
): readonly string[] {
  return [...Object.keys(topics), ...deadLetter === undefined ? [] : [deadLetter]]
}

export interface KafkaSettings {
  readonly topic: string
  /** Partitions by topic: the source's own, the further ones, the dead letters. */
  readonly topics: Readonly<Record<string, number>>
  readonly group: string
}

export function parseKafkaSettings(name: string, settings: Readonly<Record<string, unknown>>): KafkaSettings {
  const parsed = kafkaKind.settings.safeParse(settings)
  if (!parsed.success) throw new UsageError(`kafka() of "${name}" can't be read: ${z.prettifyError(parsed.error)}`)
  const { topic = name, deadLetter, group = name } = parsed.data
  if (!topicName.safeParse(topic).success) {
    throw new UsageError(`The source name "${name}" is no name of a topic: give kafka() a topic of its own.`)
  }
  const dead = deadLetter === undefined ? {} : { [deadLetter]: 1 }
  const topics = { ...dead, ...parsed.data.topics, [topic]: parsed.data.partitions }
  return { topic, topics, group }
}

/** What a topic or a group is called in a cell. */
export function nameInCell(cell: string, name: string): string {
  const scoped = `onceproof.${cell.replaceAll(/[^\w-]/g, '-')}.${name}`
  if (scoped.length > NAME_MAX) throw new UsageError(`"${name}" is too long for the name of a topic or a group.`)
  return scoped
}
