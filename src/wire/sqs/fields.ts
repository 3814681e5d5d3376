/**
 * Reading what JSON or a form has given: values of unknown shape, by name, as what they should be.
 *
 * Absent and ill-formed are the same here: it is the server's task to complain.
 */

export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Numbers and booleans too: the two protocols write them differently. */
export function textAt(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

export function numberAt(fields: Fields, name: string): number | undefined {
  const text = textAt(fields, name)
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}

export function fieldsAt(fields: Fields, name: string): Fields {
  const value = fields[name]
  return isFields(value) ? value : {}
}

export function listAt(fields: Fields, name: string): readonly Fields[] {
  const value = fields[name]
  return Array.isArray(value) ? value.filter(isFields) : []
}
