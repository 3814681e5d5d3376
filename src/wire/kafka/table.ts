/**
 * Kafka's requests and responses as a table: which fields each version has, in the order of the wire.
 *
 * `messages.json` is made by `cli/kafka-table.ts` from the definitions in kafka-clients 4.3.1. A field is
 * `name type [versions] [?nullable versions] [#tag] [=default]`; ranges are left out where they are all of those
 * around them; a list is a field whose type is a structure (`{}`) or an array of them (`[]{}`), then its fields.
 * Versions that 4.0 has removed (KIP-896) are not in it: who speaks them is passed undecoded.
 */
import { assert } from '../../lib/assert.ts'
import messages from './messages.json' with { type: 'json' }

export type KafkaValue = null | boolean | number | bigint | string | Buffer | KafkaRecord | readonly KafkaValue[]

/** A message, or a structure in one: fields by name. What the version does not have is not in it. */
export interface KafkaRecord {
  readonly [field: string]: KafkaValue
}

/** Both ends are in it. */
interface Versions {
  readonly from: number
  readonly to: number
}

const PRIMITIVES = [
  'bool', 'int8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'float64', 'string', 'uuid', 'bytes', 'records',
] as const

export type FieldType = (typeof PRIMITIVES)[number] | '{}'

export interface Field {
  readonly name: string
  /** Of each element, if it is an array. */
  readonly type: FieldType
  readonly isArray: boolean
  readonly versions: Versions
  readonly nullable: Versions | undefined
  readonly tag: number | undefined
  readonly default: KafkaValue
  readonly fields: readonly Field[]
}

export interface KafkaApi {
  readonly key: number
  readonly name: string
  readonly versions: Versions
  /** The first version with compact lengths and tagged fields. */
  readonly flexibleFrom: number
  readonly request: readonly Field[]
  readonly response: readonly Field[]
}

export const NO_UUID = Buffer.alloc(16).toString('base64url')

export const kafkaApis: readonly KafkaApi[] = parseTable(messages)

const byKey = new Map(kafkaApis.map((api) => [api.key, api]))

export function apiOf(key: number): KafkaApi | undefined {
  return byKey.get(key)
}

export function apiNamed(name: string): KafkaApi {
  const api = kafkaApis.find((each) => each.name === name)
  assert(api !== undefined, `the table has a request called ${name}`)
  return api
}

export function includes(versions: Versions | undefined, version: number): boolean {
  return versions !== undefined && version >= versions.from && version <= versions.to
}

interface CompactApi {
  readonly key: number
  readonly name: string
  readonly from: number
  readonly to: number
  readonly flexible?: number
  readonly request: readonly CompactField[]
  readonly response: readonly CompactField[]
}

type CompactField = string | readonly [string, ...CompactField[]]

function parseTable(table: unknown): KafkaApi[] {
  return (table as readonly CompactApi[]).map(({ key, name, from, to, flexible, request, response }) => {
    const versions = { from, to }
    return {
      key, name, versions, flexibleFrom: flexible ?? Infinity,
      request: request.map((field) => parseField(field, versions)),
      response: response.map((field) => parseField(field, versions)),
    }
  })
}

function parseField(compact: CompactField, within: Versions): Field {
  const [text, ...nested] = typeof compact === 'string' ? [compact] : compact
  const [name = '', spelled = '', ...words] = text.split(' ')
  const word = (lead: RegExp): string | undefined => words.find((each) => lead.test(each))
  const versions = parseVersions(word(/^\d/) ?? '', within)
  const nullable = word(/^\?/)
  const tag = word(/^#/)
  const type = spelled.replace('[]', '') as FieldType
  assert(type === '{}' || PRIMITIVES.includes(type), `${name} is of the type ${type}`)
  const field: Field = {
    name, type, isArray: spelled.startsWith('[]'), versions, default: null,
    nullable: nullable === undefined ? undefined : parseVersions(nullable.slice(1), versions),
    tag: tag === undefined ? undefined : Number(tag.slice(1)),
    fields: nested.map((each) => parseField(each, versions)),
  }
  return { ...field, default: parseDefault(field, word(/^=/)?.slice(1)) }
}

/** `3+`, `3-5`, `3`, or empty for all that are around it. */
function parseVersions(text: string, within: Versions): Versions {
  if (text === '') return within
  const [from = '', to] = text.replace('+', '').split('-')
  return { from: Number(from), to: text.endsWith('+') ? within.to : Number(to ?? from) }
}

function parseDefault({ type, isArray, fields }: Field, text: string | undefined): KafkaValue {
  if (text === 'null') return null
  if (isArray) return []
  switch (type) {
    case 'bool': return text === 'true'
    case 'int64': return BigInt(text ?? 0)
    case 'string': return text ?? ''
    case 'uuid': return NO_UUID
    case 'bytes': return Buffer.alloc(0)
    case 'records': return null
    case '{}': return Object.fromEntries(fields.map((field) => [field.name, field.default]))
    default: return Number(text ?? 0)
  }
}
