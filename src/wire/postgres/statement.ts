/**
 * What one SQL text is: its kind, its name, what it does to the transaction, whether it may change state.
 *
 * A text may hold several statements (simple protocol only); then the kind is the first one's, and the text names all.
 * It is read once, when the text is seen; what role a statement plays depends on the transaction it meets
 * and is asked for with `roleOf`.
 */
import type { TransactionRole } from '../../model/wire.ts'
import { hazardsOf, type Hazard } from './sql-hazards.ts'
import { foldSessionNames } from './session-names.ts'
import { isRead } from './sql-reads.ts'
import { normaliseTokens, shorten } from './sql-text.ts'
import { isWord, splitStatements, tokenize, type Token } from './sql-tokens.ts'

/** What a statement does to the transaction: `chain` ends one and begins the next. */
export type Effect = 'begin' | 'commit' | 'rollback' | 'commit-chain' | 'rollback-chain' | 'none'

export interface Statement {
  /** First keyword, upper case; `EMPTY` without any. */
  readonly kind: string
  /** Normalised, without the first keyword. */
  readonly text: string
  readonly reads: boolean
  /** One for each statement, in order. */
  readonly effects: readonly Effect[]
  /** May commit on its own before it ends (procedures, VACUUM): an error then proves nothing. */
  readonly commitsItself: boolean
  readonly hazards: readonly Hazard[]
  readonly literals: readonly string[]
}

/** As in ReadyForQuery: idle, in a transaction, in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E'

export function parseStatement(sql: string): Statement {
  const tokens = tokenize(sql)
  const parts = splitStatements(tokens)
  const [first] = parts
  const literals = tokens.flatMap((token) => (token.value === undefined ? [] : [token.value]))
  if (first === undefined) {
    return { kind: 'EMPTY', text: '', reads: true, effects: [], commitsItself: false, hazards: [], literals }
  }
  const rest = withoutKeyword(foldSessionNames(tokens))
  return {
    kind: kindOf(first),
    text: shorten(normaliseTokens(rest)),
    reads: parts.every((part) => isRead(kindOf(part), part)),
    effects: parts.map(effectOf),
    commitsItself: parts.some(commitsItself),
    hazards: [...new Set(parts.flatMap((part) => hazardsOf(kindOf(part), part)))],
    literals,
  }
}

/** What the statement is to the transaction that it meets. */
export function roleOf(statement: Statement, status: TransactionStatus): TransactionRole {
  const { effects } = statement
  if (effects.some((effect) => effect === 'commit' || effect === 'commit-chain')) {
    return status === 'I' && effects.includes('begin') && statusAfter(statement, status) === 'I' ? 'auto' : 'commit'
  }
  if (effects.some((effect) => effect === 'rollback' || effect === 'rollback-chain')) return 'rollback'
  if (effects.includes('begin')) return 'begin'
  return status === 'I' ? 'auto' : 'inside'
}

/** The status that a success leads to. */
export function statusAfter(statement: Statement, status: TransactionStatus): TransactionStatus {
  let after = status
  for (const effect of statement.effects) {
    if (effect === 'begin' && after === 'I') after = 'T'
    if (effect === 'commit' || effect === 'rollback') after = 'I'
    if (effect === 'commit-chain' || effect === 'rollback-chain') after = 'T'
  }
  return after
}

function withoutKeyword(tokens: readonly Token[]): Token[] {
  const keyword = tokens.findIndex((token) => token.type === 'word')
  return tokens.filter((_, index) => index !== keyword)
}

function kindOf(tokens: readonly Token[]): string {
  return tokens.find((token) => token.type === 'word')?.text.toUpperCase() ?? 'SQL'
}

function effectOf(tokens: readonly Token[]): Effect {
  const second = tokens[1]
  switch (kindOf(tokens)) {
    case 'BEGIN':
      return 'begin'
    case 'START':
      return isWord(second, 'TRANSACTION') ? 'begin' : 'none'
    case 'COMMIT':
    case 'END':
      if (isWord(second, 'PREPARED')) return 'none'
      return chains(tokens) ? 'commit-chain' : 'commit'
    case 'PREPARE':
      // The transaction leaves this session undecided: for the session it is over, and nothing of it is visible.
      return isWord(second, 'TRANSACTION') ? 'rollback' : 'none'
    case 'ROLLBACK':
    case 'ABORT':
      if (isWord(second, 'PREPARED') || tokens.some((token) => isWord(token, 'TO'))) return 'none'
      return chains(tokens) ? 'rollback-chain' : 'rollback'
    default:
      return 'none'
  }
}

function chains(tokens: readonly Token[]): boolean {
  return tokens.some((token) => isWord(token, 'CHAIN')) && !tokens.some((token) => isWord(token, 'NO'))
}

const SELF_COMMITTING = new Set(['CALL', 'DO', 'VACUUM', 'REINDEX', 'CLUSTER'])

function commitsItself(tokens: readonly Token[]): boolean {
  const kind = kindOf(tokens)
  const database = isWord(tokens[1], 'DATABASE') || isWord(tokens[1], 'TABLESPACE')
  const concurrently = tokens.some((token) => isWord(token, 'CONCURRENTLY'))
  const defines = kind === 'CREATE' || kind === 'DROP' || kind === 'ALTER'
  return SELF_COMMITTING.has(kind) || (defines && (database || concurrently))
}
