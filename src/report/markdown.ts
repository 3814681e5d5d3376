/**
 * Markdown with foreign text in it: names go into code, where nothing has a meaning, and prose is escaped.
 *
 * GitHub's dialect: HTML, mentions and links would work in prose, so what could begin one is made harmless.
 */
import { brief, legible } from './markup.ts'

const NAME_MAX = 300

/** In code; longer runs of backticks than those within hold it together. */
export function code(text: string, limit = NAME_MAX): string {
  const line = brief(text, limit)
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const space = /^`|`$/.test(line) || line === '' ? ' ' : ''
  return `${fence}${space}${line}${space}${fence}`
}

/** As code in a cell of a table, where a bar would end the cell even in code. */
export function cellCode(text: string, limit = NAME_MAX): string {
  return code(text.replaceAll('|', '\u2223'), limit)
}

export function prose(text: string, limit = 1000): string {
  return brief(text, limit)
    .replaceAll(/[\\`*_[\]#|<>&~]/g, '\\$&')
    .replace(/^(\d*)([-+.)])/, '$1\\$2')
    .replaceAll('@', '@\u200b').replaceAll(/\b(https?|ftp):\/\//gi, '$1:\u200b//')
}

/** A block of code that nothing in it can end. */
export function block(text: string, limit = 10_000): string {
  const shown = legible(text, limit)
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${shown}\n${fence}`
}
