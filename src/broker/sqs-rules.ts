/**
 * What SQS promises of a FIFO queue, as far as an emulator is known to break it and a verdict would rest on it: a late
 * delete that takes away another consumer's message hides a duplicate or invents a loss.
 *
 * Each rule says what the service does and asks for it in a queue of its own. Nothing is waited out: a claim is
 * given back by ChangeMessageVisibility, and one that expires does so after a second.
 */
import type { ProbeQueues } from './sqs-probe.ts'

export interface Rule {
  readonly name: string
  /** What the service does. */
  readonly says: string
  /** What happened, in the words of `kept` where the rule is kept. */
  readonly probe: (queues: ProbeQueues) => Promise<string>
  readonly kept: RegExp
  /** Faults whose verdict would rest on it. */
  readonly taints?: readonly string[]
}

const deduplication: readonly Rule[] = [
  {
    name: 'dedup',
    says: 'a message with a deduplication id that is known gets the id of the first, and is not delivered',
    kept: /^same id, a$/,
    probe: async (queues) => {
      const queue = await queues.make()
      const ids = [await queue.send('g', 'a', 'd'), await queue.send('g', 'b', 'd')]
      return `${ids[0] === ids[1] ? 'same' : 'other'} id, ${await queue.bodies({ max: 10 })}`
    },
  },
  {
    name: 'dedup-after-delete', says: 'a deduplication id stays known when its message is deleted',
    kept: /^nothing$/,
    probe: async (queues) => {
      const queue = await queues.make()
      await queue.send('g', 'a', 'd')
      await queue.remove(await queue.take())
      await queue.send('g', 'b', 'd')
      return queue.bodies({ atOnce: true })
    },
  },
  {
    name: 'dedup-scope', says: 'with DeduplicationScope=messageGroup the same id is new in another group',
    kept: /^a b$/,
    probe: async (queues) => {
      const queue = await queues.make({ DeduplicationScope: 'messageGroup' })
      await queue.send('g', 'a', 'd')
      await queue.send('h', 'b', 'd')
      return `${await queue.bodies()} ${await queue.bodies({ waitSeconds: 1 })}`
    },
  },
]

const groups: readonly Rule[] = [
  {
    name: 'several-of-group', says: 'one receive takes several messages of a group, in their order',
    kept: /^a b c$/,
    probe: async (queues) => {
      const queue = await queues.make()
      for (const body of ['a', 'b', 'c']) await queue.send('g', body)
      return queue.bodies({ max: 10 })
    },
  },
  {
    name: 'group-blocked', says: 'while one message of a group is out, no other of it is handed out',
    kept: /^a, nothing$/,
    probe: async (queues) => {
      const queue = await queues.make()
      for (const body of ['a', 'b']) await queue.send('g', body)
      return `${await queue.bodies()}, ${await queue.bodies({ max: 10, atOnce: true })}`
    },
  },
  {
    name: 'order-after-return',
    says: 'a message that is given back comes before the others of its group, counted twice',
    kept: /^a:2 b:1$/,
    probe: async (queues) => {
      const queue = await queues.make()
      for (const body of ['a', 'b']) await queue.send('g', body)
      await queue.hide(await queue.take(), 0)
      return (await queue.receive({ max: 10 })).map(({ body, count }) => `${body}:${count}`).join(' ')
    },
  },
  {
    name: 'expiry-of-other-group', says: 'the claim on one group runs out whatever the claims on others do',
    kept: /^b$/,
    probe: async (queues) => {
      const queue = await queues.make()
      await queue.send('g', 'a')
      await queue.receive({ visibility: 30 })
      await queue.send('h', 'b')
      await queue.receive({ visibility: 1 })
      return queue.bodies({ waitSeconds: 3 })
    },
  },
]

const handles: readonly Rule[] = [
  {
    name: 'return-wakes', says: 'a message that is given back goes to a receive that waits already',
    kept: /^a$/,
    probe: async (queues) => {
      const queue = await queues.make()
      await queue.send('g', 'a')
      const handle = await queue.take()
      const waiting = queue.bodies({ waitSeconds: 3 })
      await queue.hide(handle, 0)
      return waiting
    },
  },
  {
    name: 'stale-handle-visibility', says: 'an old handle can not give back a message that was received anew',
    // The one who lost the message ends while the other one is still at work.
    taints: ['race-twice', 'self-race'],
    kept: /, nothing$/,
    probe: async (queues) => {
      const queue = await queues.make()
      await queue.send('g', 'a')
      const old = await queue.take()
      await queue.hide(old, 0)
      await queue.take()
      return `${await queue.hide(old, 0)}, ${await queue.bodies({ atOnce: true })}`
    },
  },
  {
    name: 'stale-handle-delete', says: 'an old handle can not delete a message that was received anew',
    taints: ['race-twice', 'self-race'],
    kept: /, a$/,
    probe: async (queues) => {
      const queue = await queues.make()
      await queue.send('g', 'a')
      const old = await queue.take()
      await queue.hide(old, 0)
      const handle = await queue.take()
      const answer = await queue.remove(old)
      await queue.hide(handle, 0)
      return `${answer}, ${await queue.bodies({ waitSeconds: 1 })}`
    },
  },
  {
    name: 'expired-delete', says: 'a handle whose claim is over can not delete the message',
    kept: /^(?!done).+, a$/,
    probe: async (queues) => {
      const queue = await queues.make()
      await queue.send('g', 'a')
      const handle = await queue.take()
      await queue.hide(handle, 0)
      return `${await queue.remove(handle)}, ${await queue.bodies({ waitSeconds: 1 })}`
    },
  },
  {
    name: 'delete-twice', says: 'a delete that is repeated is answered like the first',
    // A client repeats a delete whose answer was lost, and would be told of an error that the service does not have.
    taints: ['cut', 'error'],
    kept: /^done, done$/,
    probe: async (queues) => {
      const queue = await queues.make()
      await queue.send('g', 'a')
      const handle = await queue.take()
      return `${await queue.remove(handle)}, ${await queue.remove(handle)}`
    },
  },
  {
    name: 'receive-attempt-id',
    says: 'a receive that is repeated with its ReceiveRequestAttemptId gets the same messages',
    kept: /^a:1$/,
    probe: async (queues) => {
      const queue = await queues.make()
      await queue.send('g', 'a')
      await queue.receive({ attempt: 'one' })
      const again = await queue.receive({ attempt: 'one', atOnce: true })
      return again.map(({ body, count }) => `${body}:${count}`).join(' ') || 'nothing'
    },
  },
  {
    name: 'dead-letter', says: 'a message that was received maxReceiveCount times goes to the dead-letter queue next',
    kept: /^nothing, a$/,
    probe: async (queues) => {
      const dead = await queues.make()
      const policy = { deadLetterTargetArn: await dead.address(), maxReceiveCount: 2 }
      const queue = await queues.make({ RedrivePolicy: JSON.stringify(policy) })
      await queue.send('g', 'a')
      for (const _ of [1, 2]) await queue.hide(await queue.take(), 0)
      return `${await queue.bodies({ atOnce: true })}, ${await dead.bodies()}`
    },
  },
]

export const sqsRules: readonly Rule[] = [...deduplication, ...groups, ...handles]
