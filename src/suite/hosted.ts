/**
 * Suites that name a handler in place of a command: the process around it is ours, one for each client, and what is
 * certified is the handler together with that loop.
 *
 * One file may ask for several clients, and then stands for several suites, which differ in nothing but the client and
 * the kind of the source that this client consumes (`kind: any`). That is decided before anything is checked, so that
 * each of them is checked, explained and reported like a suite of its own.
 */
import { fileURLToPath } from 'node:url'
import type { Kinds } from '../kinds.ts'
import { UsageError } from '../lib/errors.ts'
import { suggestion } from '../lib/nearest.ts'
import { fieldsOf } from './link-schema.ts'
import type { SuiteDocument } from './schema.ts'

/** A source of the kind that the client consumes. */
export const ANY = 'any'

const program = new URL(
  import.meta.url.endsWith('.ts') ? '../subject/handler/host.ts' : '../subject/handler/host.js', import.meta.url,
)
/** What the host reads: subject/handler/host.ts. */
const SETTINGS_VARIABLE = 'ONCEPROOF_HANDLER_SOURCE'

type Content = Readonly<Record<string, unknown>>

/** Kind of the source, by client. */
export function clientsOf(kinds: Kinds): ReadonlyMap<string, string> {
  return new Map(Object.entries(kinds.sources).flatMap(([kind, { clients = [] }]) =>
    clients.map((client) => [client, kind] as const)))
}

/**
 * The suites that a file's content stands for; the content itself where it is no hosted one, right or wrong. `shown` is
 * the file as a person would write it. Throws UsageError for a client that there is not.
 */
export function spreadClients(content: unknown, kinds: Kinds, shown: string, fileName: string): readonly unknown[] {
  if (!isContent(content) || !isContent(content['subject']) || content['subject']['client'] === undefined) {
    return [content]
  }
  const { client, ...subject } = content['subject']
  const clients = Array.isArray(client) ? client : [client]
  const known = clientsOf(kinds)
  return clients.map((one: unknown) => {
    const kind = typeof one === 'string' ? known.get(one) : undefined
    if (kind === undefined) throw new UsageError(`${shown}: subject.client: ${unknownClient(one, [...known.keys()])}`)
    const sources = isContent(content['sources']) ? { sources: ofKind(content['sources'], kind) } : {}
    const alike = clients.filter((other: unknown) => typeof other === 'string' && known.get(other) === kind).length > 1
    const label = alike ? `${kind} (${text(one) ?? ''})` : kind
    const name = clients.length === 1 ? {} : { name: `${text(content['name']) ?? fileName} on ${label}` }
    return { ...content, ...name, ...sources, subject: { ...subject, client: one } }
  })
}

/** The command and the variables that a hosted handler's process is started with; `file` is absolute. */
export function hostedSubject(file: string, input: SuiteDocument, kinds: Kinds): {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
} {
  const { client = '' } = input.subject
  const [name, source] = consumedBy(client, input, kinds) ?? []
  const fields = source === undefined ? [] : fieldsOf(kinds.sources, source)
  const templates = Object.fromEntries(fields.map((field) => [field, `{{${name}.${field}}}`]))
  return {
    command: [process.execPath, fileURLToPath(program), file, client],
    env: { [SETTINGS_VARIABLE]: JSON.stringify(templates) },
  }
}

/** One sentence per thing that is wrong with the subject's command or handler. */
export function hostedProblems(input: SuiteDocument, kinds: Kinds): string[] {
  const { command, handler, client, next } = input.subject
  const known = clientsOf(kinds)
  if (command !== undefined && handler !== undefined) return ['subject: only one of command and handler']
  if (command === undefined && handler === undefined) {
    return ["subject: what is to run? Write command: ['node', 'consumer.js'], or handler: './handler.ts' with a client"]
  }
  if (handler === undefined) return client === undefined ? [] : ['subject.client: it goes with subject.handler only']
  if (client === undefined) {
    const all = [...known.keys()].join(', ')
    return [`subject.client: a handler needs one; write client: 'kafkajs', or one or several of ${all}`]
  }
  return [
    ...(next === undefined ? [] : ['subject.next: a hosted handler has no next version; write subject.command']),
    ...(consumedBy(client, input, kinds) !== undefined ? []
      : [`subject.client: ${client} consumes ${known.get(client) ?? ''}, and the suite has no such source`]),
  ]
}

/** The first source that the client can consume. */
function consumedBy(client: string, { sources }: SuiteDocument, kinds: Kinds) {
  const kind = clientsOf(kinds).get(client)
  return Object.entries(sources).find(([, source]) => source.kind === kind)
}

function ofKind(sources: Content, kind: string): Content {
  return Object.fromEntries(Object.entries(sources).map(([name, source]) =>
    [name, isContent(source) && source['kind'] === ANY ? { ...source, kind } : source]))
}

function unknownClient(client: unknown, known: readonly string[]): string {
  const name = text(client) ?? JSON.stringify(client)
  return `there is no client '${name}'${suggestion(name, known)}`
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function isContent(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
