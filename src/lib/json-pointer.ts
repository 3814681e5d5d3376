/**
 * JSON pointers (RFC 6901) over plain JSON values, with one addition: `*` matches every element of an array.
 *
 *   pointer = *( "/" token );  "~1" stands for "/", "~0" for "~" (section 3)
 *
 * Only own properties are seen, so that a body with a key like `__proto__` is data like any other. In an object `*`
 * is an ordinary key. The index `-` (one past the end) names nothing here, since nothing is ever appended.
 */
import { UsageError } from './errors.ts'

/** A value with the concrete pointer (no `*`) that leads to it. */
export interface Located {
  readonly pointer: string
  readonly value: unknown
}

/** The unescaped tokens. Throws UsageError on what is no pointer. */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) {
    throw new UsageError(`'${pointer}' is no JSON pointer: it has to start with '/', as in '/${pointer}'`)
  }
  return pointer.slice(1).split('/').map((token) => {
    if (/~(?![01])/.test(token)) {
      throw new UsageError(`'${pointer}' is no JSON pointer: '~' is written '~0', and '/' '~1'`)
    }
    return token.replaceAll('~1', '/').replaceAll('~0', '~')
  })
}

export function formatPointer(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Every value that the pointer matches, in document order. */
export function valuesAt(value: unknown, pointer: string): Located[] {
  return locate(value, parsePointer(pointer), [])
}

/** The first value that the pointer matches. */
export function valueAt(value: unknown, pointer: string): unknown {
  return valuesAt(value, pointer)[0]?.value
}

/** A copy with every matched value replaced; key order and everything else are kept. */
export function mapAt(value: unknown, pointer: string, replace: (found: Located) => unknown): unknown {
  return mapTokens(value, { rest: parsePointer(pointer), path: [] }, replace)
}

/** Every scalar (string, number, boolean, null) in a value, in document order. */
export function scalarsOf(value: unknown, path: readonly string[] = []): Located[] {
  if (isContainer(value)) {
    return Object.entries(value).flatMap(([key, child]) => scalarsOf(child, [...path, key]))
  }
  return [{ pointer: formatPointer(path), value }]
}

interface Place {
  readonly rest: readonly string[]
  readonly path: readonly string[]
}

function locate(value: unknown, rest: readonly string[], path: readonly string[]): Located[] {
  const [token, ...further] = rest
  if (token === undefined) return [{ pointer: formatPointer(path), value }]
  return childrenAt(value, token).flatMap(([key, child]) => locate(child, further, [...path, key]))
}

function mapTokens(value: unknown, { rest, path }: Place, replace: (found: Located) => unknown): unknown {
  const [token, ...further] = rest
  if (token === undefined) return replace({ pointer: formatPointer(path), value })
  if (!isContainer(value)) return value
  const matched = new Set(childrenAt(value, token).map(([key]) => key))
  const entries = Object.entries(value).map(([key, child]): [string, unknown] =>
    [key, matched.has(key) ? mapTokens(child, { rest: further, path: [...path, key] }, replace) : child])
  return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries)
}

function childrenAt(value: unknown, token: string): [string, unknown][] {
  if (!isContainer(value)) return []
  const entries = Object.entries(value)
  return Array.isArray(value) && token === '*' ? entries : entries.filter(([key]) => key === token)
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
