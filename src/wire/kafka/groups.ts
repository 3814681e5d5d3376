/**
 * Members of groups: who the broker counts as one, by what it answers.
 *
 * A member outlives its connections, up to its session timeout: it is a lease. The classic protocol gives the id in the
 * answer to JoinGroup, from version 4 on in a first one with an error (KIP-394); members of the newer protocol
 * (KIP-848) bring their own and join with the epoch 0, leave with -1, and with -2 a static one that means to come back.
 */
import type { Fact } from '../../model/wire.ts'
import { FENCED_INSTANCE_ID, MEMBER_ID_REQUIRED, UNKNOWN_MEMBER_ID } from './error-names.ts'
import type { RequestFrame } from './frames.ts'
import type { LinkMemory } from './link-memory.ts'
import type { Meaning } from './meaning.ts'
import type { KafkaRecord } from './table.ts'
import { intField, recordsField, textField } from './values.ts'

const LEAVES = -1
const COMES_BACK = -2

export function explainJoin({ body }: RequestFrame, memory: LinkMemory): Meaning {
  const group = textField(body, 'groupId')
  const instance = textField(body, 'groupInstanceId')
  return {
    answered: (answer, errors) => {
      const member = textField(answer, 'memberId')
      const isIn = errors.every((code) => code === MEMBER_ID_REQUIRED) && member !== ''
      if (isIn) return memory.members.joined({ group, member, instance, protocol: 'classic' })
      return expelled(body, errors, memory)
    },
  }
}

/** SyncGroup and Heartbeat: their answers may say that the member is none any more. */
export function explainMembership({ body }: RequestFrame, memory: LinkMemory): Meaning {
  return { answered: (_, errors) => expelled(body, errors, memory) }
}

/** Up to version 2 one member leaves; later ones may be several, each with an answer of its own. */
export function explainLeave({ body }: RequestFrame, memory: LinkMemory): Meaning {
  const group = textField(body, 'groupId')
  const single = textField(body, 'memberId')
  return {
    answered: (answer) => {
      const leaving = single === '' ? recordsField(answer, 'members') : [{ memberId: single }]
      if (!isGone(intField(answer, 'errorCode'))) return []
      return leaving.filter((each) => isGone(intField(each, 'errorCode'))).flatMap((each) =>
        memory.members.left(group, textField(each, 'memberId'), textField(each, 'groupInstanceId')))
    },
  }
}

export function explainConsumerHeartbeat({ body }: RequestFrame, memory: LinkMemory): Meaning {
  const group = textField(body, 'groupId')
  const asked = textField(body, 'memberId')
  const instance = textField(body, 'instanceId')
  const epoch = intField(body, 'memberEpoch')
  const member = { group, instance, protocol: 'consumer' } as const
  return {
    handshake: epoch > 0,
    facts: epoch === 0 && asked !== '' ? memory.members.joined({ ...member, member: asked, epoch }) : [],
    answered: (answer, errors) => {
      if (errors.length > 0) return expelled(body, errors, memory)
      if (epoch === COMES_BACK) return []
      if (epoch === LEAVES) return memory.members.left(group, asked, instance)
      const given = textField(answer, 'memberId')
      const now = intField(answer, 'memberEpoch')
      return memory.members.joined({ ...member, member: given === '' ? asked : given, epoch: now })
    },
  }
}

function isGone(error: number): boolean {
  return error === 0 || error === UNKNOWN_MEMBER_ID
}

/** The broker does not know the member, or has another in its place. */
export function expelled(body: KafkaRecord, errors: readonly number[], memory: LinkMemory): readonly Fact[] {
  const member = textField(body, 'memberId')
  const isOut = errors.includes(UNKNOWN_MEMBER_ID) || errors.includes(FENCED_INSTANCE_ID)
  return isOut && member !== '' ? memory.members.left(textField(body, 'groupId'), member, '') : []
}
