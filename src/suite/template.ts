/**
 * Templates in a subject's environment and command: `{{orders.address}}`, `{{db.url}}`, `{{incarnation.port.http}}`.
 * They are the only way by which a subject learns addresses, so that every link leads through its tap.
 *
 * No expressions, no escapes, no nesting: what is between the braces is a name. Names are checked when a suite is
 * loaded and again when they are filled in.
 */
import { UsageError } from '../lib/errors.ts'
import { nearestNames } from '../lib/nearest.ts'

const place = /\{\{([^{}]*)\}\}/g

/** Names of the harness's own, beside those of links; a `*` stands for a name of the author's choice. */
export const ownTemplateNames = [
  'incarnation.id', 'incarnation.dir', 'incarnation.port.*', 'parts.python-packages', 'parts.celery',
  'parts.python-clients', 'parts.pgbouncer', 'parts.java-clients', 'parts.java-subjects', 'parts.go-subjects', 'cell',
] as const

/** Names in a text, each once, in order. */
export function templateNames(text: string): string[] {
  return [...new Set([...text.matchAll(place)].map((match) => (match[1] ?? '').trim()))]
}

/** Fills in every name. `where` begins the sentence about an unknown one. */
export function renderTemplate(text: string, values: Readonly<Record<string, string>>, where: string): string {
  return text.replaceAll(place, (_, inside: string) => {
    const name = inside.trim()
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) throw new UsageError(unknownName(name, Object.keys(values), where))
    return value
  })
}

/** Throws UsageError when a text holds a name that is not known. */
export function checkTemplate(text: string, known: readonly string[], where: string): void {
  for (const name of templateNames(text)) {
    if (!known.some((pattern) => fits(name, pattern))) throw new UsageError(unknownName(name, known, where))
  }
  const left = text.replaceAll(place, '')
  if (left.includes('{{')) {
    throw new UsageError(`${where}: '{{' without '}}'; write {{name}}, as in {{${known[0] ?? 'cell'}}}`)
  }
}

function fits(name: string, pattern: string): boolean {
  if (!pattern.endsWith('.*')) return name === pattern
  const front = pattern.slice(0, -1)
  return name.startsWith(front) && /^[\w-]+$/.test(name.slice(front.length))
}

/** A known link's fields, the near one if there is one; else near names, else all. */
function unknownName(name: string, known: readonly string[], where: string): string {
  const link = name.split('.')[0] ?? ''
  const siblings = known.filter((other) => other.startsWith(`${link}.`))
  const fields = nearestNames(name.slice(link.length + 1), siblings.map((other) => other.slice(link.length + 1)), 1)
  const near = siblings.length > 0 ? fields.map((field) => `${link}.${field}`) : nearestNames(name, known, 1)
  const shown = near.length > 0 ? near : siblings.length > 0 ? siblings : known
  const list = shown.map((other) => `{{${other.replace('*', 'NAME')}}}`)
  const hint = near.length > 0 ? `did you mean ${list[0] ?? ''}?` : `known are ${list.join(', ')}`
  return `${where}: unknown template {{${name}}}; ${hint}`
}
