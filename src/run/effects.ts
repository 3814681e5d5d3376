/**
 * Effects of one cell, read back by ways that the subject can't touch, and tied to the messages that they belong to.
 *
 * A declared effect is read from its sink. Without any declaration the differential oracle works from the database's
 * own log of commits and from the calls that reached our sinks.
 */
import { attributeRows } from '../check/differential.ts'
import { valueAt } from '../lib/json-pointer.ts'
import type { RowChange, SinkCall, Taken } from '../model/edges.ts'
import type { Content } from '../model/effect.ts'
import { sharedColumn, type EffectSource } from '../model/suite.ts'
import { nameContent } from '../plan/name-content.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { MessageLedger } from './message-ledger.ts'
import type { ObservedEffect } from './observed-effect.ts'
import { SharedReader } from './shared-effects.ts'
import type { Shares } from './shares.ts'

/** Whether one message's effects are as many as the baseline shows, for every effect. */
export function hasAll(expected: ReadonlyMap<string, number>, own: readonly ObservedEffect[]): boolean {
  return [...expected].every(([effect, count]) => own.filter((one) => one.effect === effect).length >= count)
}

export class EffectReader {
  readonly #context: CampaignContext
  readonly #shares: Shares
  readonly #ledger: MessageLedger
  /** What was taken out of queues so far. */
  readonly #taken = new Map<string, Taken[]>()
  readonly #changes = new Map<string, RowChange[]>()
  readonly #shared = new Map<string, SharedReader>()
  /** Rows that the differential oracle saw and those that it could tie to a message. */
  attribution = { rows: 0, attributed: 0 }

  constructor(context: CampaignContext, shares: Shares, ledger: MessageLedger) {
    this.#context = context
    this.#shares = shares
    this.#ledger = ledger
  }

  /** What has changed so far goes on without any message. */
  async noteIdle(): Promise<void> {
    for (const [name, share] of this.#shares.databases) {
      const known = this.#context.idleChanges.get(name) ?? []
      this.#context.idleChanges.set(name, [...known, ...await share.commits() ?? []])
    }
  }

  /** Everything that is there now. Reading a queue takes from it; what was taken is remembered. */
  async read(): Promise<ObservedEffect[]> {
    const found: ObservedEffect[] = []
    for (const [name, source] of Object.entries(this.#context.suite.effects)) {
      const rows = await this.#readOne(source)
      const shared = this.#sharedReader(name, source)
      if (shared !== undefined) found.push(...shared.read(rows, this.#ledger))
      else for (const { identity, content } of rows) found.push(this.#tie(name, identity, content))
    }
    if (this.#context.isDifferential) found.push(...await this.#readDifferences())
    return found
  }

  /**
   * A second copy of an effect's latest occurrence, past whatever keeps the subject from making one. Returns how it was
   * planted and how often the reading shows that identity then; undefined where it can't be planted.
   */
  async plantCopy(effect: string): Promise<{ readonly how: string; readonly seen: number } | undefined> {
    const source = this.#context.suite.effects[effect]
    if (source === undefined) return undefined
    const latest = (await this.#readOne(source)).at(-1)
    if (latest === undefined) return undefined
    if (source.kind === 'sql') {
      if (source.shared?.how === 'last') return this.#plantOther(effect, source, latest)
      const planted = await this.#shares.databases.get(source.dependency)
        ?.plantCopy(effect, source.query, latest.identity)
      if (planted === undefined) return undefined
      if (source.shared !== undefined) {
        const rows = planted.rows.map((row) => ({ identity: identityOf(row), content: row }))
        const told = this.#sharedReader(effect, source, true)?.read(rows, this.#ledger) ?? []
        const seen = Math.max(0, ...told.map((one) => one.shared?.counted ?? 0))
        return { how: `a copy of a row, ${planted.how}`, seen }
      }
      const seen = planted.rows.filter((row) => identityOf(row) === latest.identity).length
      return { how: `a copy of the row, ${planted.how}`, seen }
    }
    if (source.kind === 'http') {
      if (this.#shares.sinks.get(source.dependency)?.plantCopy() !== true) return undefined
    } else {
      const taken = this.#taken.get(`${source.source} ${source.queue}`)?.at(-1)
      const share = this.#shares.sources.get(source.source)
      if (taken === undefined || share === undefined) return undefined
      if (await share.plantCopy(source.queue, taken) !== 'ok') return undefined
    }
    const seen = (await this.#readOne(source)).filter((one) => one.identity === latest.identity).length
    return { how: 'a copy of the last one', seen }
  }

  /** What holds one message can't hold it twice: with another value in it, the one that it held must be missed. */
  #plantOther(
    effect: string, source: Extract<EffectSource, { kind: 'sql' }>,
    row: { readonly identity: string; readonly content: Content },
  ): { readonly how: string; readonly seen: number } | undefined {
    const reader = this.#sharedReader(effect, source, true)
    const [held] = reader?.read([row], this.#ledger) ?? []
    const newest = held?.shared?.holds
    if (reader === undefined || newest === undefined) return undefined
    const other = { ...row, content: { ...row.content, [source.shared?.column ?? '']: '' } }
    const missed = !reader.read([other], this.#ledger).some((one) => one.message === newest)
    return { how: 'duplicate not representable; another value in the reading was noticed', seen: missed ? 2 : 1 }
  }

  /** The same for every reading; one without memory for a reading of what is planted. */
  #sharedReader(effect: string, source: EffectSource, apart = false): SharedReader | undefined {
    const shared = sharedColumn(source)
    if (shared === undefined) return undefined
    const known = apart ? undefined : this.#shared.get(effect)
    const reader = known ?? new SharedReader(effect, shared, this.#context.suite.workload)
    if (!apart) this.#shared.set(effect, reader)
    return reader
  }

  async #readOne(source: EffectSource): Promise<{ identity: string; content: Content }[]> {
    if (source.kind === 'sql') return this.#readRows(source.dependency, source.query)
    if (source.kind === 'http') {
      const calls = this.#shares.sinks.get(source.dependency)?.calls() ?? []
      return calls.filter((call) => call.performed).map((call) => {
        const identity = 'pointer' in source.id
          ? textAt(call.body, source.id.pointer) : call.headers[source.id.header.toLowerCase()]
        return { identity: identity ?? '', content: callContent(call) }
      })
    }
    return this.#drain(source)
  }

  async #readRows(dependency: string, query: string): Promise<{ identity: string; content: Content }[]> {
    const rows = await this.#shares.databases.get(dependency)?.query(query) ?? []
    return rows.map((row) => ({ identity: identityOf(row), content: row }))
  }

  async #drain(source: Extract<EffectSource, { kind: 'queue' }>): Promise<{ identity: string; content: Content }[]> {
    const key = `${source.source} ${source.queue}`
    const kept = this.#taken.get(key) ?? []
    this.#taken.set(key, kept)
    kept.push(...await this.#shares.sources.get(source.source)?.drain(source.queue) ?? [])
    return kept.map((taken) => {
      const { id } = source
      const identity = 'pointer' in id ? textAt(taken.body, id.pointer)
        : 'header' in id ? taken.headers[id.header] : taken.messageId
      return { identity: identity ?? '', content: { body: taken.body } }
    })
  }

  #tie(effect: string, identity: string, content: Content): ObservedEffect {
    const ledger = this.#ledger
    let owner = ledger.ownerOf(identity)
    for (const value of Object.values(content)) {
      if (owner === undefined && value !== null) owner = ledger.ownerOf(value)
    }
    const message = owner === undefined ? undefined : ledger.message(owner)
    const named = message === undefined ? content : nameContent(content, message)
    return { effect, identity, message: owner, content: named }
  }

  async #readDifferences(): Promise<ObservedEffect[]> {
    const found: ObservedEffect[] = []
    this.attribution = { rows: 0, attributed: 0 }
    for (const [name, share] of this.#shares.databases) {
      const changes = this.#changes.get(name) ?? []
      this.#changes.set(name, changes)
      changes.push(...await share.commits() ?? [])
      const rows = attributeRows(changes, this.#ledger.messages, this.#context.idleChanges.get(name))
      this.attribution.rows += rows.rows
      this.attribution.attributed += rows.attributed
      for (const row of rows.effects) {
        const message = row.message === undefined ? undefined : this.#ledger.message(row.message)
        found.push({ ...row, content: message === undefined ? row.content : nameContent(row.content, message) })
      }
    }
    for (const [name, share] of this.#shares.sinks) {
      const ordinals = new Map<string, number>()
      for (const call of share.calls().filter((candidate) => candidate.performed)) {
        const tied = this.#tie(`${name} ${call.method}`, call.body, callContent(call))
        const ordinal = (ordinals.get(tied.message ?? '') ?? 0) + 1
        ordinals.set(tied.message ?? '', ordinal)
        found.push({ ...tied, identity: `${tied.message ?? 'nobody'} ${ordinal}` })
      }
    }
    return found
  }
}

/** Of a declared query's row: its column `id`, else its first one. */
function identityOf(row: Content): string {
  return row['id'] ?? Object.values(row)[0] ?? ''
}

function callContent(call: SinkCall): Content {
  return { method: call.method, path: call.path, body: call.body }
}

function textAt(body: string, pointer: string): string | undefined {
  try {
    const value = valueAt(JSON.parse(body), pointer)
    if (value === undefined || value === null) return undefined
    return typeof value === 'string' ? value : JSON.stringify(value)
  } catch {
    return undefined
  }
}
