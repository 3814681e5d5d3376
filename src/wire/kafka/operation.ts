/**
 * What a request is as an operation: whether it only reads, whether it is housekeeping, and what its body means.
 *
 * Housekeeping is what a client does by itself, by a timer or to find its way; it is never a point. Fetch is among it:
 * it takes nothing from the broker, offsets do. Groups of shared consumption (KIP-932) are not followed: what they
 * hand over and what they acknowledge is unknown.
 */
import { explainFetch } from './fetch.ts'
import type { RequestFrame } from './frames.ts'
import { explainConsumerHeartbeat, explainJoin, explainLeave, explainMembership } from './groups.ts'
import type { LinkMemory } from './link-memory.ts'
import type { Explain, Meaning } from './meaning.ts'
import { explainOffsetCommit, explainTxnOffsetCommit } from './offsets.ts'
import { explainProduce } from './produce.ts'
import type { KafkaApi } from './table.ts'
import { explainTopics } from './topics.ts'
import {
  explainAddOffsets, explainAddPartitions, explainEndTransaction, explainInitProducerId,
} from './transactions.ts'

const explanations: Readonly<Record<string, Explain>> = {
  Produce: explainProduce,
  Fetch: explainFetch,
  Metadata: explainTopics,
  CreateTopics: explainTopics,
  DescribeTopicPartitions: explainTopics,
  JoinGroup: explainJoin,
  SyncGroup: explainMembership,
  Heartbeat: explainMembership,
  LeaveGroup: explainLeave,
  ConsumerGroupHeartbeat: explainConsumerHeartbeat,
  OffsetCommit: explainOffsetCommit,
  TxnOffsetCommit: explainTxnOffsetCommit,
  InitProducerId: explainInitProducerId,
  AddPartitionsToTxn: explainAddPartitions,
  AddOffsetsToTxn: explainAddOffsets,
  EndTxn: explainEndTransaction,
  ShareFetch: unfollowed,
  ShareAcknowledge: unfollowed,
}

const HOUSEKEEPING: ReadonlySet<string> = new Set([
  'ApiVersions', 'SaslHandshake', 'SaslAuthenticate', 'Metadata', 'FindCoordinator', 'ListOffsets', 'OffsetFetch',
  'Fetch', 'Heartbeat', 'OffsetForLeaderEpoch', 'GetTelemetrySubscriptions', 'PushTelemetry',
])

export function explain(request: RequestFrame, memory: LinkMemory): Meaning {
  return explanations[request.api.name]?.(request, memory) ?? {}
}

export function isHousekeeping({ name }: KafkaApi): boolean {
  return HOUSEKEEPING.has(name) || name.startsWith('Describe') || name.endsWith('GroupDescribe')
}

/** Changes nothing that outlives the connection but timers. */
export function isRead(api: KafkaApi): boolean {
  return isHousekeeping(api) || api.name.startsWith('List')
}

/** Carries credentials. */
export function isSecret({ name }: KafkaApi): boolean {
  return name === 'SaslAuthenticate'
}

function unfollowed({ api: { name } }: RequestFrame): Meaning {
  return { facts: [{ type: 'unknown', detail: `${name} of a share group`, mayChangeState: true }] }
}
