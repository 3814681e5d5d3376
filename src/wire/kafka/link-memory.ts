/**
 * What the connections of one link must know of each other: a client speaks to the group's coordinator, the
 * transaction's coordinator and the partition's leader on connections of their own.
 *
 * Of groups and transactions it keeps no more than which claims the broker has given; the broker's is the truth.
 */
import type { Fact, Lease } from '../../model/wire.ts'
import { Deliveries, type Position } from './deliveries.ts'
import { NO_UUID } from './table.ts'

export interface Member {
  readonly group: string
  readonly member: string
  readonly instance: string
  readonly protocol: 'classic' | 'consumer'
  readonly epoch?: number
}

export class LinkMemory {
  readonly deliveries = new Deliveries()
  readonly transactions = new Transactions()
  readonly members = new Members()
  /** Where fetches of a session read, by its id, then by lane (KIP-227). */
  readonly fetchSessions = new Map<number, Map<string, bigint>>()
  readonly #topics = new Map<string, string>()
  #consumes = false

  nameTopic(id: string, name: string): void {
    if (id !== '' && id !== NO_UUID && name !== '') this.#topics.set(id, name)
  }

  /** Of a name or, in newer versions, an id; one that nobody has named is called by its id. */
  topicOf(name: string, id: string): string {
    return name === '' ? this.#topics.get(id) ?? id : name
  }

  /** True once. */
  beginsConsuming(): boolean {
    const isFirst = !this.#consumes
    this.#consumes = true
    return isFirst
  }
}

/** Open transactions, and offsets that they will commit. */
class Transactions {
  readonly #open = new Map<string, Position[]>()

  isOpen(id: string): boolean {
    return this.#open.has(id)
  }

  begin(id: string): Fact[] {
    if (this.#open.has(id)) return []
    this.#open.set(id, [])
    return [{ type: 'lease', lease: transactionLease(id), held: true }]
  }

  end(id: string): Fact[] {
    if (!this.#open.delete(id)) return []
    return [{ type: 'lease', lease: transactionLease(id), held: false }]
  }

  stage(id: string, positions: readonly Position[]): void {
    this.#open.get(id)?.push(...positions)
  }

  staged(id: string): readonly Position[] {
    return this.#open.get(id) ?? []
  }
}

/** Members of groups that the link's subject is. */
class Members {
  readonly #members = new Map<string, Member>()

  joined(member: Member): Fact[] {
    const { name } = memberLease(member)
    const known = this.#members.get(name)
    const told = { ...member, instance: member.instance === '' ? known?.instance ?? '' : member.instance }
    if (known !== undefined && known.epoch === told.epoch && known.instance === told.instance) return []
    this.#members.set(name, told)
    return [{ type: 'lease', lease: memberLease(told), held: true }]
  }

  isClassic(group: string, member: string): boolean {
    return [...this.#members.values()].some((each) =>
      each.group === group && each.member === member && each.protocol === 'classic')
  }

  /** Named by its id, or, if it is a static one, by its instance. */
  left(group: string, member: string, instance: string): Fact[] {
    const gone = [...this.#members].filter(([, each]) => each.group === group
      && (member === '' ? instance !== '' && each.instance === instance : each.member === member))
    return gone.map(([name, each]) => {
      this.#members.delete(name)
      return { type: 'lease', lease: memberLease(each), held: false }
    })
  }
}

function transactionLease(transactionalId: string): Lease {
  return { name: `transaction ${transactionalId}`, kind: 'transaction', values: { transactionalId } }
}

function memberLease({ group, member, instance, protocol, epoch }: Member): Lease {
  return {
    name: `member ${group} ${member}`, kind: 'member',
    values: {
      group, member, protocol, ...(instance === '' ? {} : { instance }),
      ...(epoch === undefined ? {} : { epoch: `${epoch}` }),
    },
  }
}
