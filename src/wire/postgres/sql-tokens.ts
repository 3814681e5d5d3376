/**
 * SQL text cut into tokens by PostgreSQL's lexical rules (documentation, chapter "Lexical Structure").
 *
 * It knows strings in all spellings, dollar quoting, nested comments, quoted identifiers, numbers, parameters and
 * operators, and nothing of grammar. It never fails: what is not closed runs to the end, as the server would reject it
 * anyway. It assumes standard_conforming_strings (the default since 9.1): a backslash escapes in E'...' only.
 */

export type TokenType = 'word' | 'quoted' | 'literal' | 'parameter' | 'operator' | 'mark'

export interface Token {
  readonly type: TokenType
  /** As written. */
  readonly text: string
  /** Of a literal: what it means, as text. */
  readonly value?: string
  /** White space or a comment stands before it. */
  readonly gap: boolean
}

const SPACE = /[ \t\n\r\f\v]+/y
const LINE_COMMENT = /--[^\n\r]*/y
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y
const PARAMETER = /\$\d*/y
const NUMBER = /0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y
const OPERATOR = /[-+*/<>=~!@#%^&|`?]+/y
const ESCAPE_STRING = /[eE]'/y
const PLAIN_STRING = /(?:[bBxXnN]|[uU]&)?'/y
const QUOTED = /(?:[uU]&)?"(?:[^"]|"")*"?/y

export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  let gap = false
  while (at < sql.length) {
    const skipped = skipBlank(sql, at)
    if (skipped > at) {
      at = skipped
      gap = true
      continue
    }
    const token = readToken(sql, at, gap)
    tokens.push(token)
    at += token.text.length
    gap = false
  }
  return tokens
}

/** The statements between semicolons, without empty ones. Semicolons inside parentheses (CREATE RULE) don't count. */
export function splitStatements(tokens: readonly Token[]): Token[][] {
  if (isAtomicBody(tokens)) return [trimSemicolons(tokens)]
  const statements: Token[][] = []
  let current: Token[] = []
  let depth = 0
  for (const token of tokens) {
    if (token.type === 'mark' && token.text === '(') depth += 1
    if (token.type === 'mark' && token.text === ')') depth -= 1
    if (token.type === 'mark' && token.text === ';' && depth <= 0) {
      if (current.length > 0) statements.push(current)
      current = []
    } else {
      current.push(token)
    }
  }
  if (current.length > 0) statements.push(current)
  return statements
}

/** CREATE FUNCTION ... BEGIN ATOMIC ...; END holds semicolons of its own. */
function isAtomicBody(tokens: readonly Token[]): boolean {
  return tokens.some((token, index) => isWord(token, 'BEGIN') && isWord(tokens[index + 1], 'ATOMIC'))
}

function trimSemicolons(tokens: readonly Token[]): Token[] {
  const end = tokens.findLastIndex((token) => token.text !== ';')
  return tokens.slice(0, end + 1)
}

export function isWord(token: Token | undefined, word: string): boolean {
  return token?.type === 'word' && token.text.toUpperCase() === word
}

/** The index behind white space or one comment that starts at `at`, or `at`. */
function skipBlank(sql: string, at: number): number {
  const space = matchAt(SPACE, sql, at) ?? matchAt(LINE_COMMENT, sql, at)
  if (space !== undefined) return at + space.length
  return sql.startsWith('/*', at) ? endOfComment(sql, at) : at
}

/** Block comments nest, unlike in the standard. */
function endOfComment(sql: string, at: number): number {
  let depth = 0
  let index = at
  while (index < sql.length) {
    if (sql.startsWith('/*', index)) {
      depth += 1
      index += 2
    } else if (sql.startsWith('*/', index)) {
      depth -= 1
      index += 2
      if (depth === 0) return index
    } else {
      index += 1
    }
  }
  return sql.length
}

function readToken(sql: string, at: number, gap: boolean): Token {
  const string = readString(sql, at, gap)
  if (string !== undefined) return string
  const quoted = matchAt(QUOTED, sql, at)
  if (quoted !== undefined) return { type: 'quoted', text: quoted, gap }
  const word = matchAt(WORD, sql, at)
  if (word !== undefined) return { type: 'word', text: word, gap }
  const number = matchAt(NUMBER, sql, at)
  if (number !== undefined) return { type: 'literal', text: number, value: number, gap }
  const parameter = matchAt(PARAMETER, sql, at)
  if (parameter !== undefined) return { type: 'parameter', text: parameter, gap }
  const operator = matchAt(OPERATOR, sql, at)
  if (operator !== undefined) return { type: 'operator', text: cutOperator(operator), gap }
  return { type: 'mark', text: sql.startsWith('::', at) ? '::' : sql.charAt(at), gap }
}

function readString(sql: string, at: number, gap: boolean): Token | undefined {
  const escape = matchAt(ESCAPE_STRING, sql, at)
  const open = escape ?? matchAt(PLAIN_STRING, sql, at)
  if (open !== undefined) {
    const end = endOfString(sql, at + open.length, escape !== undefined)
    const inner = sql.slice(at + open.length, sql.charAt(end - 1) === "'" ? end - 1 : end)
    const value = inner.replaceAll("''", "'")
    return { type: 'literal', text: sql.slice(at, end), value: escape === undefined ? value : unescape(value), gap }
  }
  const tag = matchAt(DOLLAR_QUOTE, sql, at)
  if (tag === undefined) return undefined
  const close = sql.indexOf(tag, at + tag.length)
  const text = close === -1 ? sql.slice(at) : sql.slice(at, close + tag.length)
  const value = close === -1 ? text.slice(tag.length) : text.slice(tag.length, -tag.length)
  return { type: 'literal', text, value, gap }
}

/** The index behind the closing quote. A doubled quote is a quote; a backslash escapes in E'...' only. */
function endOfString(sql: string, from: number, backslash: boolean): number {
  let index = from
  while (index < sql.length) {
    const char = sql.charAt(index)
    if (backslash && char === '\\') index += 2
    else if (char !== "'") index += 1
    else if (sql.charAt(index + 1) === "'") index += 2
    else return index + 1
  }
  return sql.length
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gsu, (_, char: string) => ESCAPES[char] ?? char)
}

/**
 * Where an operator ends: before a comment, and a multi-character one ends in + or - only if it also holds one of
 * ~ ! @ # % ^ & | ` ? (so `=-1` is `=` and `-`).
 */
function cutOperator(run: string): string {
  const comment = run.search(/--|\/\*/u)
  const operator = comment > 0 ? run.slice(0, comment) : run
  if (/[~!@#%^&|`?]/u.test(operator)) return operator
  const cut = operator.replace(/[-+]+$/u, '')
  return cut === '' ? operator.slice(0, 1) : cut
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  const found = pattern.exec(text)?.[0]
  return found === undefined || found === '' ? undefined : found
}
