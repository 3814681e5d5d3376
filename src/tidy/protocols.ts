/**
 * `check plan faults nemesis run report` never name a protocol: a new broker must not touch them.
 *
 * Looked for in names and strings, word by word (`amqpChannel` holds amqp), not in comments: those may say what
 * something is like. Tests of these folders feed on histories of real protocols and are left out.
 */
import { isIdentifier } from 'typescript/unstable/ast'
import type { TidyFile, Violation } from './project.ts'
import { stringOf } from './syntax.ts'

const areas: readonly string[] = ['check', 'plan', 'faults', 'nemesis', 'run', 'report']
const words = new Set([
  'amqp', 'amqplib', 'rabbit', 'rabbitmq', 'postgres', 'postgresql', 'pg', 'psycopg', 'kafka', 'sqs', 'smtp', 'redis',
  'sql', 'sqlstate', 'sqlite', 'mysql', 'http', 'https',
])

export function checkProtocols(files: readonly TidyFile[]): Violation[] {
  return files.filter((file) => areas.includes(file.area) && !file.isTest).flatMap((file) => {
    const found = file.nodes.flatMap((node) => {
      const text = isIdentifier(node) ? node.text : stringOf(node)
      if (text === undefined || /^\.{1,2}\//.test(text)) return []
      return wordsOf(text).filter((word) => words.has(word)).map((word) => ({ word, line: file.lineOf(node), text }))
    })
    return found.map(({ word, line, text }) => ({
      rule: 'protocol', path: file.path, line,
      text: `'${text.slice(0, 60)}' names ${word}; ask an interface of model/edges.ts or model/wire.ts`,
    }))
  })
}

/** `SqlSource` is sql, source; `read_committed` is read, committed. */
function wordsOf(text: string): string[] {
  return text.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z\d]+/)
}
