/**
 * Makes claims of Kafka's expire now: a member leaves its group, an open transaction is aborted.
 *
 * Both are what the broker does by itself when the time is up. A member that lives on is not told and finds out at its
 * next heartbeat or commit. A transaction is aborted by the request that its successor would begin with, which also
 * fences off the old producer: so only when that one is dead.
 */
import { z } from 'zod'
import { poll } from '../lib/clock.ts'
import { DeadlineError, EnvironmentError } from '../lib/errors.ts'
import type { Warped } from '../model/edges.ts'
import type { Lease } from '../model/wire.ts'
import { codes, KafkaRefused, type KafkaClient } from './kafka-client.ts'

const FENCE_LIMIT_MS = 5_000
const FENCE_EVERY_MS = 2
/** What the producer may take for its next transaction; its own InitProducerId says it anew. */
const TRANSACTION_TIMEOUT_MS = 60_000
/** A member's epoch that says: it leaves, for good. */
const LEAVES = -1

/** The member is not in the group any more, or another one has taken its static place. */
const goneAlready: readonly number[] = [codes.unknownMember, codes.groupNotFound, codes.fencedInstance]

const member = z.object({
  group: z.string(), member: z.string(), instance: z.string().optional(), protocol: z.enum(['classic', 'consumer']),
})
const transaction = z.object({ transactionalId: z.string() })

export async function warpLease(client: KafkaClient, lease: Lease, alive: boolean): Promise<Warped> {
  try {
    return { lease: lease.name, ...await expire(client, lease, alive) }
  } catch (error) {
    // A broker that is down holds no claims yet that it could end; whoever asked learns that it was not done.
    if (!(error instanceof EnvironmentError) && !(error instanceof DeadlineError)) throw error
    return { lease: lease.name, done: false, detail: error.message }
  }
}

type Expired = Pick<Warped, 'done' | 'detail'>

async function expire(client: KafkaClient, lease: Lease, alive: boolean): Promise<Expired> {
  const asMember = lease.kind === 'member' ? member.safeParse(lease.values) : undefined
  if (asMember?.success === true) return await leave(client, asMember.data)
  const asTransaction = lease.kind === 'transaction' ? transaction.safeParse(lease.values) : undefined
  if (asTransaction?.success !== true) return { done: false, detail: `nobody knows how to end a ${lease.kind}` }
  if (alive) return { done: false, detail: 'its producer lives and would be fenced off' }
  return await fence(client, asTransaction.data.transactionalId)
}

async function leave(client: KafkaClient, who: z.output<typeof member>): Promise<Expired> {
  const request = who.protocol === 'classic' ? 'LeaveGroup' : 'ConsumerGroupHeartbeat with epoch -1'
  const { group, member: memberId, instance = null } = who
  try {
    await client.whenReady(`The leave of ${memberId}`, async (connection, library): Promise<unknown> => {
      if (who.protocol === 'classic') {
        const members = [{ memberId, groupInstanceId: instance, reason: null }]
        return await library.leaveGroupV5.api.async(connection, group, members)
      }
      return await library.consumerGroupHeartbeatV0.api.async(
        connection, group, memberId, LEAVES, instance, null, -1, null, null, null, null,
      )
    })
    return { done: true, detail: request }
  } catch (error) {
    if (!(error instanceof KafkaRefused) || !error.isOnly(goneAlready)) throw error
    return { done: true, detail: `${request}: gone already` }
  }
}

async function fence(client: KafkaClient, transactionalId: string): Promise<Expired> {
  let asked = 0
  return await poll(async () => {
    asked += 1
    try {
      await client.whenReady(`The abort of ${transactionalId}`, async (connection, { initProducerIdV4 }) =>
        await initProducerIdV4.api.async(connection, transactionalId, TRANSACTION_TIMEOUT_MS, -1n, -1))
      return { done: true, detail: 'InitProducerId' }
    } catch (error) {
      // The abort goes on: its markers are being written.
      if (error instanceof KafkaRefused && error.isOnly([codes.concurrentTransactions])) return undefined
      throw error
    }
  }, {
    what: `The abort of ${transactionalId}`, limitMs: FENCE_LIMIT_MS, everyMs: FENCE_EVERY_MS,
    last: () => `${asked} times InitProducerId said that it goes on`,
  })
}
