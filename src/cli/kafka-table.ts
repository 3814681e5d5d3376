/**
 * Makes `wire/kafka/messages.json` from Kafka's own definitions, `common/message/*.json` of a kafka-clients jar:
 *
 *     node src/cli/kafka-table.ts FOLDER-WITH-THE-DEFINITIONS > src/wire/kafka/messages.json
 *
 * What only matters to Kafka's own code (descriptions, entity types, keys of maps) is left out, and so is what no
 * client can send: requests for controllers only, and those without a valid version. Structures that several fields
 * share are written out at each. Not part of the package; how a line is to be read stands in `wire/kafka/table.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../lib/errors.ts'

interface Definition {
  readonly name: string
  readonly type: string
  readonly apiKey?: number
  readonly listeners?: readonly string[]
  readonly validVersions: string
  readonly flexibleVersions?: string
  readonly fields: readonly DefinedField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly DefinedField[] }[]
}

interface DefinedField {
  readonly name: string
  readonly type: string
  readonly versions: string
  readonly nullableVersions?: string
  readonly tag?: number
  readonly default?: string | number | boolean
  readonly fields?: readonly DefinedField[]
}

type Range = readonly [from: number, to: number]
/** A field without fields of its own is its text; one with them a list that begins with its text. */
type Compact = string | readonly [string, ...Compact[]]
type Structures = ReadonlyMap<string, readonly DefinedField[]>

const PRIMITIVES = new Set([
  'bool', 'int8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'float64', 'string', 'uuid', 'bytes', 'records',
])

function readDefinitions(folder: string): Definition[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return files.map((file) => parseDefinition(readFileSync(join(folder, file), 'utf8')))
}

/** Their JSON has comments on lines of their own. */
function parseDefinition(text: string): Definition {
  return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, '')) as Definition
}

function compactApi(request: Definition, response: Definition): string {
  const valid = rangeOf(request.validVersions)
  const { apiKey, name, flexibleVersions } = request
  const same = response.validVersions === request.validVersions && response.flexibleVersions === flexibleVersions
  if (valid === undefined || !same) throw new UsageError(`${name} and its response do not have the same versions.`)
  const flexible = rangeOf(flexibleVersions ?? 'none')
  return JSON.stringify({
    key: apiKey, name: name.replace(/Request$/, ''), from: valid[0], to: valid[1],
    ...(flexible === undefined ? {} : { flexible: flexible[0] }),
    request: fieldsOf(request, valid), response: fieldsOf(response, valid),
  })
}

function fieldsOf({ fields, commonStructs }: Definition, valid: Range): Compact[] {
  const structures: Structures = new Map((commonStructs ?? []).map((each) => [each.name, each.fields]))
  return compactFields(fields, valid, structures)
}

function compactFields(fields: readonly DefinedField[], within: Range, structures: Structures): Compact[] {
  return fields.flatMap((field): Compact[] => {
    const versions = common(rangeOf(field.versions), within)
    if (versions === undefined) return []
    const element = field.type.replace('[]', '')
    const words = [
      `${field.name.slice(0, 1).toLowerCase()}${field.name.slice(1)}`,
      PRIMITIVES.has(element) ? field.type : field.type.replace(element, '{}'),
      ...(spell(versions, within) === '' ? [] : [spell(versions, within)]),
      ...nullability(field, versions),
      ...(field.tag === undefined ? [] : [`#${field.tag}`]),
      ...(isPlain(field.default) ? [] : [`=${String(field.default)}`]),
    ]
    if (PRIMITIVES.has(element)) return [words.join(' ')]
    const nested = field.fields ?? structures.get(element)
    if (nested === undefined) throw new UsageError(`${field.name} is of the type ${element}, which is nowhere defined.`)
    return [[words.join(' '), ...compactFields(nested, versions, structures)]]
  })
}

function nullability({ nullableVersions }: DefinedField, versions: Range): string[] {
  const nullable = common(rangeOf(nullableVersions ?? 'none'), versions)
  return nullable === undefined ? [] : [`?${spell(nullable, versions)}`]
}

/** Equal to the default of its type. */
function isPlain(value: DefinedField['default']): boolean {
  return value === undefined || value === '' || ['0', 'false'].includes(String(value))
}

function common(one: Range | undefined, other: Range): Range | undefined {
  if (one === undefined) return undefined
  const range: Range = [Math.max(one[0], other[0]), Math.min(one[1], other[1])]
  return range[0] <= range[1] ? range : undefined
}

/** `3+`, `3-5`, `3`; empty where it is all of the versions around it. */
function spell([from, to]: Range, [first, last]: Range): string {
  if (from === first && to === last) return ''
  if (to === last) return `${from}+`
  return from === to ? `${from}` : `${from}-${to}`
}

function rangeOf(text: string): Range | undefined {
  const [, from, dash, to, plus] = /^(\d+)(?:(-)(\d+)|(\+))?$/.exec(text) ?? []
  if (from === undefined) return undefined
  if (plus !== undefined) return [Number(from), Infinity]
  return [Number(from), dash === undefined ? Number(from) : Number(to)]
}

function main([folder]: readonly string[]): void {
  if (folder === undefined) throw new UsageError('Say in which folder the definitions lie.')
  const definitions = readDefinitions(folder)
  const responses = new Map(definitions.filter(({ type }) => type === 'response').map((each) => [each.apiKey, each]))
  const lines = definitions
    .filter(({ type, listeners, validVersions }) =>
      type === 'request' && listeners?.includes('broker') === true && validVersions !== 'none')
    .toSorted((a, b) => Number(a.apiKey) - Number(b.apiKey))
    .map((request) => {
      const response = responses.get(request.apiKey)
      if (response === undefined) throw new UsageError(`${request.name} has no response.`)
      return compactApi(request, response)
    })
  process.stdout.write(`[\n${lines.join(',\n')}\n]\n`)
}

main(process.argv.slice(2))
