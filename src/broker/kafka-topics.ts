/**
 * Topics and groups of a cell: made, ready, deleted, and how far a group has got in them.
 *
 * A topic is ready when its leader answers for every partition: metadata speak of a new topic a little earlier.
 */
import { EnvironmentError } from '../lib/errors.ts'
import { codes, KafkaRefused, type KafkaClient } from './kafka-client.ts'

const ADMIN_LIMIT_MS = 10_000
const LATEST = -1n
const EARLIEST = -2n
/** The coordinator's kinds of keys in FindCoordinator. */
const GROUP = 0
const TRANSACTION = 1

/** Which end of a partition: its first record, the first of an open transaction, the last of all. */
export type LogEnd = 'start' | 'stable' | 'high'

/** Offsets by partition. */
export type Offsets = ReadonlyMap<number, bigint>

/** Throws EnvironmentError where the cluster is more than one broker: the client speaks to one only. */
export async function expectOneBroker(client: KafkaClient): Promise<void> {
  const { brokers } = await client.ask('The list of brokers', async (connection, { metadataV12 }) =>
    await metadataV12.api.async(connection, [], false))
  if (brokers.length > 1) {
    throw new EnvironmentError(`This Kafka has ${brokers.length} brokers, and the harness can speak to one only.`)
  }
}

/** Throws EnvironmentError where one of them is there: what lies in it is not ours to judge or to drop. */
export async function expectNoTopics(client: KafkaClient, names: readonly string[]): Promise<void> {
  const there = (await topicsLike(client, '')).filter((name) => names.includes(name))
  if (there.length === 0) return
  throw new EnvironmentError(`Kafka already has ${there.join(', ')}: delete it, it may be left of another run.`)
}

export async function createTopics(client: KafkaClient, topics: Readonly<Record<string, number>>): Promise<void> {
  const wanted = Object.entries(topics).map(([name, numPartitions]) => ({
    name, numPartitions, replicationFactor: -1, assignments: [], configs: [],
  }))
  await client.ask('The creation of topics', async (connection, { createTopicsV7 }) =>
    await createTopicsV7.api.async(connection, wanted, ADMIN_LIMIT_MS, false))
  for (const [name, count] of Object.entries(topics)) await logEnds(client, name, count, 'start')
}

/** The first use of a coordinator makes its internal topic; a subject should not be the one to wait for that. */
export async function expectCoordinators(client: KafkaClient, group: string): Promise<void> {
  for (const kind of [GROUP, TRANSACTION]) {
    await client.whenReady('The search for a coordinator', async (connection, { findCoordinatorV4 }) =>
      await findCoordinatorV4.api.async(connection, kind, [group]))
  }
}

/** Names of all topics that begin like this. */
export async function topicsLike(client: KafkaClient, prefix: string): Promise<readonly string[]> {
  const { topics } = await client.ask('The list of topics', async (connection, { metadataV12 }) =>
    await metadataV12.api.async(connection, null, false))
  return topics.flatMap(({ name }) => name?.startsWith(prefix) === true ? [name] : [])
}

/** How many partitions a topic has; 0 where there is none of that name. */
export async function partitionsOf(client: KafkaClient, topic: string): Promise<number> {
  try {
    const { topics } = await client.ask(`The partitions of ${topic}`, async (connection, { metadataV12 }) =>
      await metadataV12.api.async(connection, [topic], false))
    return topics[0]?.partitions.length ?? 0
  } catch (error) {
    if (error instanceof KafkaRefused && error.isOnly([codes.unknownTopic])) return 0
    throw error
  }
}

export async function deleteTopics(client: KafkaClient, topics: readonly string[]): Promise<void> {
  await unless([codes.unknownTopic], client.ask('The deletion of topics', async (connection, { deleteTopicsV6 }) =>
    await deleteTopicsV6.api.async(connection, topics.map((name) => ({ name })), ADMIN_LIMIT_MS)))
}

/**
 * A group whose members are dead and still waited for stays for now: without its topics it holds no offsets, and the
 * broker drops it once it is empty.
 */
export async function deleteGroup(client: KafkaClient, group: string): Promise<void> {
  const harmless = [codes.groupNotFound, codes.groupNotEmpty]
  await unless(harmless, client.ask('The deletion of a group', async (connection, { deleteGroupsV2 }) =>
    await deleteGroupsV2.api.async(connection, [group])))
}

export async function logEnds(client: KafkaClient, topic: string, count: number, end: LogEnd): Promise<Offsets> {
  const timestamp = end === 'start' ? EARLIEST : LATEST
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({
    partitionIndex, currentLeaderEpoch: -1, timestamp,
  }))
  const { topics } = await client.whenReady(`The ends of ${topic}`, async (connection, { listOffsetsV7 }) =>
    await listOffsetsV7.api.async(connection, -1, end === 'stable' ? 1 : 0, [{ name: topic, partitions }]))
  return new Map(topics.flatMap((one) => one.partitions).map(({ partitionIndex, offset }) => [partitionIndex, offset]))
}

/** What a group has committed, by topic; a partition without a commit is not there. */
export async function committedOffsets(client: KafkaClient, group: string): Promise<ReadonlyMap<string, Offsets>> {
  const asked = [{ groupId: group, memberId: null, memberEpoch: -1, topics: null }]
  const { groups } = await client.whenReady(`The offsets of ${group}`, async (connection, { offsetFetchV8 }) =>
    await offsetFetchV8.api.async(connection, asked, false))
  return new Map((groups[0]?.topics ?? []).map(({ name, partitions }) => [name, new Map(partitions
    .filter(({ committedOffset }) => committedOffset >= 0n)
    .map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]))]))
}

async function unless(harmless: readonly number[], request: Promise<unknown>): Promise<void> {
  try {
    await request
  } catch (error) {
    if (!(error instanceof KafkaRefused) || !error.isOnly(harmless)) throw error
  }
}
