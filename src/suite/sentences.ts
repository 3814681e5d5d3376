/**
 * Turns what is wrong with a suite into one sentence each: `subject.command: expected a list of words, got a string;
 * write ['node', 'consumer.js']`.
 *
 * An unknown key comes with the nearest known one, and a key that is missing because it was misspelt is not reported
 * a second time.
 */
import type { z } from 'zod'
import { nearestName, suggestion } from '../lib/nearest.ts'
import { valueAt, formatPointer } from '../lib/json-pointer.ts'
import { notYetAt, phraseAt } from './phrases.ts'
import { SchemaPlaces } from './schema-places.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

const sentencesMax = 5

interface Given {
  readonly input: unknown
  readonly places: SchemaPlaces
}

/** Sentences for all issues, one per line; `input` is what was written. */
export function sentencesOf(
  issues: readonly Issue[], input: unknown, jsonSchema: Readonly<Record<string, unknown>>,
): string[] {
  const given = { input, places: new SchemaPlaces(jsonSchema) }
  const { places } = given
  const flat = issues.flatMap((issue) => flatten(issue, []))
  const unknown = flat.filter((issue) => issue.code === 'unrecognized_keys')
  const meant = new Set(unknown.flatMap((issue) => issue.keys.map((key) => {
    const near = nearestName(key, places.keysAt(issue.path))
    return near === undefined ? '' : pathText([...issue.path, near])
  })))
  const others = flat.filter((issue) => issue.code !== 'unrecognized_keys')
    .filter((issue) => !(valueOf(input, issue.path) === undefined && meant.has(pathText(issue.path))))
  const sentences = [...new Set([
    ...unknown.flatMap((issue) => issue.keys.map((key) => unknownKey(issue.path, key, places))),
    ...others.map((issue) => sentenceOf(issue, given)),
  ])]
  const more = sentences.length - sentencesMax
  return more > 0 ? [...sentences.slice(0, sentencesMax), `and ${more} more`] : sentences
}

/** `effects.invoice.http.id`, `setup[0].run`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}

/** `a string`, `a list`, `nothing`: what was written, in words. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return value.length <= 40 ? `'${value}'` : 'a string'
  return typeof value === 'object' ? 'an object' : JSON.stringify(value)
}

function unknownKey(path: Path, key: string, places: SchemaPlaces): string {
  const where = pathText([...path, key])
  return `${where}: ${notYetAt([...path, key]) ?? `unknown key${suggestion(key, places.keysAt(path))}`}`
}

function sentenceOf(issue: Issue, { input, places }: Given): string {
  const value = valueOf(input, issue.path)
  const where = issue.path.length === 0 ? 'the suite' : pathText(issue.path)
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'kind') return unknownKind(issue, value, places)
  const parts = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const later = parts.map((key) => notYetAt([...issue.path, key])).find((text) => text !== undefined)
  if (later !== undefined) return `${where}: ${later}`
  const kind = valueOf(input, [...issue.path.slice(0, 2), 'kind'])
  const phrase = phraseAt(issue.path) ?? places.phraseAt(issue.path, kind)
  if (phrase === undefined) return `${where}: ${plain(issue, value)}`
  if (value === undefined) return `${where}: missing; write ${phrase.write}`
  return `${where}: expected ${phrase.expected}, got ${described(issue, value)}; write ${phrase.write}`
}

/** A string of the wrong kind is told by its type; a string with a wrong value is quoted. */
function described(issue: Issue, value: unknown): string {
  if (issue.code === 'too_small' && Array.isArray(value)) return 'an empty list'
  return issue.code === 'invalid_type' && typeof value === 'string' ? 'a string' : kindOf(value)
}

function plain(issue: Issue, value: unknown): string {
  if (value === undefined) return 'missing'
  if (issue.code === 'invalid_type') return `expected ${article(issue.expected)}, got ${described(issue, value)}`
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1)
}

function article(type: string): string {
  const words: Readonly<Record<string, string>> = {
    array: 'a list', object: 'an object', record: 'an object', int: 'a whole number',
  }
  return words[type] ?? `a ${type}`
}

function unknownKind(issue: Issue, value: unknown, places: SchemaPlaces): string {
  const where = pathText(issue.path)
  const known = places.kindsAt(issue.path.slice(0, -1))
  if (value === undefined) return `${where}: missing; write one of ${known.map((kind) => `'${kind}'`).join(', ')}`
  return `${where}: unknown kind ${kindOf(value)}${suggestion(typeof value === 'string' ? value : '', known)}`
}

/** Of a union, the issues of the branch that was meant: the one whose keys fit. */
function flatten(issue: Issue, front: Path): Issue[] {
  const path = [...front, ...issue.path]
  if (issue.code !== 'invalid_union') return [{ ...issue, path }]
  const branches = issue.errors.map((errors) => errors.flatMap((error) => flatten(error, path)))
  const fitting = branches.filter((errors) => !errors.some((error) => isAt(error, path)))
  const [only] = fitting
  if (only !== undefined && fitting.length === 1) return only
  const strangers = branches.map((errors) =>
    errors.filter((error) => error.code === 'unrecognized_keys' && isAt(error, path)))
  const [strange] = strangers
  if (strange?.[0] !== undefined && strangers.every((found) => found.length > 0)) return fewestKeys(strangers, branches)
  return [{ ...issue, path }]
}

function isAt(error: Issue, path: Path): boolean {
  return error.path.length === path.length
}

function fewestKeys(strangers: readonly Issue[][], branches: readonly Issue[][]): Issue[] {
  const counts = strangers.map((found) =>
    found.reduce((sum, error) => sum + (error.code === 'unrecognized_keys' ? error.keys.length : 0), 0))
  const least = Math.min(...counts)
  const best = counts.indexOf(least)
  const fits = counts.filter((count) => count === least).length === 1
  return fits ? [...(branches[best] ?? [])] : [...(strangers[best] ?? [])]
}

function valueOf(input: unknown, path: Path): unknown {
  return valueAt(input, formatPointer(path.map(String)))
}
