/**
 * Who may name a protocol or a broker. Looked for in names and strings, word by word (`amqpChannel` holds amqp), not
 * in comments (those may say what something is like), not in tests and not in paths of imports.
 *
 * Two rules: `check plan faults nemesis run report` never name a protocol; and a broker, whatever its files in
 * `broker/` are called, is named by its own files alone. That is what keeps the next one cheap.
 */
import { isIdentifier } from 'typescript/unstable/ast'
import type { TidyFile, Violation } from './project.ts'
import { stringOf } from './syntax.ts'

const areas: readonly string[] = ['check', 'plan', 'faults', 'nemesis', 'run', 'report']
const protocols = new Set([
  'amqp', 'amqplib', 'rabbit', 'rabbitmq', 'postgres', 'postgresql', 'pg', 'psycopg', 'kafka', 'sqs', 'smtp', 'redis',
  'sql', 'sqlstate', 'sqlite', 'mysql', 'http', 'https',
])

/** The one table where a broker is registered. */
const table = 'src/kinds.ts'

export function checkProtocols(files: readonly TidyFile[]): Violation[] {
  return files.filter((file) => areas.includes(file.area) && !file.isTest)
    .flatMap((file) => namings(file, protocols).map(({ line, text, word }) => ({
      rule: 'protocol', path: file.path, line,
      text: `'${text}' names ${word}; ask an interface of model/edges.ts or model/wire.ts`,
    })))
}

export function checkBrokers(files: readonly TidyFile[]): Violation[] {
  const names = brokersIn(files)
  return files.filter((file) => !file.isTest && file.area !== 'tidy' && file.path !== table).flatMap((file) => {
    const own = ownerOf(file)
    return namings(file, names).filter(({ word }) => word !== own).map(({ line, text, word }) => ({
      rule: 'broker', path: file.path, line,
      text: `'${text}' names ${word}, which only its own files in wire, broker, stack and parts may, and ${table}`,
    }))
  })
}

/** First words of the files in broker/: `kafka-client.ts` is a file of kafka. What is also a database has two homes. */
function brokersIn(files: readonly TidyFile[]): ReadonlySet<string> {
  const homes = (area: string): ReadonlySet<string> =>
    new Set(files.filter((file) => file.area === area).map(({ name }) => firstWord(name)))
  const databases = homes('database')
  return new Set([...homes('broker')].filter((name) => !databases.has(name)))
}

/** The broker that a file belongs to: by its folder in wire/, by its own name in the other three. */
function ownerOf({ area, path, name }: TidyFile): string | undefined {
  if (area === 'wire') return path.split('/')[2]
  return ['broker', 'stack', 'parts'].includes(area) ? firstWord(name) : undefined
}

function firstWord(name: string): string {
  return name.split(/[-.]/)[0] ?? name
}

interface Naming {
  readonly word: string
  readonly line: number
  readonly text: string
}

function namings(file: TidyFile, words: ReadonlySet<string>): Naming[] {
  return file.nodes.flatMap((node) => {
    const text = isIdentifier(node) ? node.text : stringOf(node)
    if (text === undefined || /^\.{1,2}\//.test(text)) return []
    return wordsOf(text).filter((word) => words.has(word))
      .map((word) => ({ word, line: file.lineOf(node), text: text.slice(0, 60) }))
  })
}

/** `SqlSource` is sql, source; `read_committed` is read, committed. */
function wordsOf(text: string): string[] {
  return text.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z\d]+/)
}
