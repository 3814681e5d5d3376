/**
 * The normalised text of a statement: equal for all executions of one statement, whatever its values.
 *
 * Comments (also those that ORMs and tracers add) go, white space folds, literals and parameters become `$`, lists of
 * IN, VALUES and ARRAY of any length become one element, rows that are equal then become one, counted names of
 * savepoints and the like become `$`. The case of words stays.
 * It names operations and is never executed. Normalising a normalised text changes nothing.
 */
import { createHash } from 'node:crypto'
import { foldSessionNames } from './session-names.ts'
import { tokenize, type Token } from './sql-tokens.ts'

const TEXT_MAX_CHARS = 120
const HASH_CHARS = 8
/** Deeper lists than anybody writes stay as they are: the fold is recursive. */
const LIST_DEPTH_MAX = 50

export function normaliseSql(sql: string): string {
  return normaliseTokens(foldSessionNames(tokenize(sql)))
}

export function normaliseTokens(tokens: readonly Token[]): string {
  const end = tokens.findLastIndex((token) => token.text !== ';')
  const start = tokens.findIndex((token) => token.text !== ';')
  if (start === -1) return ''
  return join(foldLists(foldLiterals(tokens.slice(start, end + 1)), 0))
}

/** Cut at 120 characters; a hash of the whole keeps longer ones apart. */
export function shorten(text: string): string {
  if (text.length <= TEXT_MAX_CHARS) return text
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARS)
  return `${text.slice(0, TEXT_MAX_CHARS - HASH_CHARS - 1)}~${hash}`
}

/** Words after which a sign belongs to the number behind it. */
const BEFORE_SIGN = new Set([
  'SELECT', 'WHERE', 'AND', 'OR', 'NOT', 'THEN', 'ELSE', 'WHEN', 'CASE', 'RETURNING', 'IN', 'LIMIT', 'OFFSET',
  'BETWEEN', 'BY', 'LIKE', 'SET', 'DEFAULT', 'TO',
])

function foldLiterals(tokens: readonly Token[]): Token[] {
  const folded: Token[] = []
  for (const token of tokens) {
    if (token.type !== 'literal' && token.type !== 'parameter') {
      folded.push(token)
      continue
    }
    let gap = token.gap
    while (endsInSign(folded)) gap = folded.pop()?.gap ?? gap
    folded.push({ type: 'parameter', text: '$', gap })
  }
  return folded
}

/** A + or - that can't be a binary operator, because nothing stands before it that it could add to. */
function endsInSign(tokens: readonly Token[]): boolean {
  const sign = tokens.at(-1)
  if (sign?.type !== 'operator' || (sign.text !== '-' && sign.text !== '+')) return false
  const before = tokens.at(-2)
  if (before === undefined || before.type === 'operator') return true
  if (before.type === 'word') return BEFORE_SIGN.has(before.text.toUpperCase())
  return before.type === 'mark' && (before.text === '(' || before.text === ',' || before.text === '[')
}

function foldLists(tokens: readonly Token[], depth: number): Token[] {
  if (depth > LIST_DEPTH_MAX) return [...tokens]
  const folded: Token[] = []
  let at = 0
  for (let token = tokens[at]; token !== undefined; token = tokens[at]) {
    folded.push(token)
    at += 1
    if (!opensList(token)) continue
    const list = foldRows(tokens, at, depth)
    folded.push(...list.tokens)
    at = list.end
  }
  return folded
}

/** Bracketed groups with commas between, from `start`: rows that are equal to the one before go. */
function foldRows(tokens: readonly Token[], start: number, depth: number): { tokens: Token[]; end: number } {
  const rows: Token[][] = []
  let at = start
  for (let end = endOfGroup(tokens, at); end > at; end = endOfGroup(tokens, at)) {
    addDistinct(rows, foldGroup(tokens.slice(at, end), depth + 1))
    at = end
    const goesOn = tokens[at]?.text === ',' && endOfGroup(tokens, at + 1) > at + 1
    if (goesOn) at += 1
  }
  return { tokens: withCommas(rows), end: at }
}

function addDistinct(items: Token[][], item: Token[]): void {
  const before = items.at(-1)
  if (before === undefined || join(before) !== join(item)) items.push(item)
}

function withCommas(items: readonly Token[][]): Token[] {
  return items.flatMap((item, index): Token[] =>
    index === 0 ? item : [{ type: 'mark', text: ',', gap: false }, ...item])
}

function opensList(token: Token): boolean {
  if (token.type !== 'word') return false
  const word = token.text.toUpperCase()
  return word === 'IN' || word === 'VALUES' || word === 'ARRAY'
}

/** The index behind the bracket that closes the group which opens at `at`; `at` when none opens or closes there. */
function endOfGroup(tokens: readonly Token[], at: number): number {
  const open = tokens[at]
  if (open?.type !== 'mark' || (open.text !== '(' && open.text !== '[')) return at
  let depth = 0
  for (let index = at; index < tokens.length; index += 1) {
    const token = tokens[index]
    if (token?.type !== 'mark') continue
    if (token.text === '(' || token.text === '[') depth += 1
    if (token.text === ')' || token.text === ']') depth -= 1
    if (depth === 0) return index + 1
  }
  return at
}

/** A bracketed list: simple elements become `$`, equal neighbours become one. */
function foldGroup(group: readonly Token[], depth: number): Token[] {
  if (depth > LIST_DEPTH_MAX) return [...group]
  const kept: Token[][] = []
  for (const element of splitElements(group.slice(1, -1))) addDistinct(kept, foldElement(element, depth))
  return [...group.slice(0, 1), ...withCommas(kept), ...group.slice(-1)]
}

function splitElements(tokens: readonly Token[]): Token[][] {
  const elements: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.type === 'mark' && (token.text === '(' || token.text === '[')) depth += 1
    if (token.type === 'mark' && (token.text === ')' || token.text === ']')) depth -= 1
    if (token.type === 'mark' && token.text === ',' && depth === 0) elements.push([])
    else elements.at(-1)?.push(token)
  }
  return elements
}

const CONSTANTS = new Set(['NULL', 'TRUE', 'FALSE', 'DEFAULT'])

function foldElement(element: readonly Token[], depth: number): Token[] {
  const [first, second] = element
  if (first === undefined) return []
  const isConstant = first.type === 'word' && CONSTANTS.has(first.text.toUpperCase())
  if (first.type === 'parameter' || isConstant) {
    const isCast = second?.text === '::' && element.every((token) => token.type !== 'operator')
    if (element.length === 1 || isCast) return [{ type: 'parameter', text: '$', gap: first.gap }]
  }
  if (endOfGroup(element, 0) === element.length) return foldGroup(element, depth + 1)
  return foldLists(element, depth + 1)
}

/** One space where there was any, none inside brackets and before commas, one after them. */
function join(tokens: readonly Token[]): string {
  let text = ''
  let before: Token | undefined
  for (const token of tokens) {
    if (before !== undefined && needsSpace(before, token)) text += ' '
    text += token.text
    before = token
  }
  return text
}

function needsSpace(before: Token, token: Token): boolean {
  const closes = token.type === 'mark' && [')', ']', ',', ';'].includes(token.text)
  const opened = before.type === 'mark' && ['(', '['].includes(before.text)
  if (closes || opened) return false
  if (before.type === 'mark' && [',', ';'].includes(before.text)) return true
  // `a$` would be an identifier and `$a$` a quote: a placeholder stands apart from words and from its like.
  const glued = (before.type === 'word' && token.type === 'parameter')
    || (before.type === 'parameter' && (token.type === 'word' || token.type === 'parameter'))
  return token.gap || glued
}
