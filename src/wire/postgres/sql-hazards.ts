/**
 * Which errors of contention a statement can meet, by its words alone.
 *
 * Source: "Explicit Locking" and "Transaction Isolation" of the PostgreSQL documentation. A deadlock needs a statement
 * that waits for a lock; under repeatable read a serialization failure needs one that changes or locks rows which are
 * there already; under serializable every look at a table can bring one. It knows no tables: foreign keys, triggers
 * and views could make more statements wait, and what is not sure to be possible is left out.
 */
import { NO_FUNCTIONS, isPureFunction } from './sql-reads.ts'
import { isWord, type Token } from './sql-tokens.ts'

/** `waits`: for others' locks. `rewrites`: rows that others may have changed. `looks`: at tables. */
export type Hazard = 'waits' | 'rewrites' | 'looks'

const QUERY_KINDS = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE'])
const REWRITING_KINDS = new Set(['UPDATE', 'DELETE', 'MERGE', 'CALL', 'DO'])
const WAITING_KINDS = new Set([...REWRITING_KINDS, 'INSERT', 'LOCK', 'TRUNCATE', 'ALTER', 'DROP', 'REFRESH'])
const LOOKING_KINDS = new Set([...REWRITING_KINDS, 'INSERT', 'TABLE'])

/** Built-in functions that change something and wait for nobody. */
const NEVER_WAITS = new Set([
  'NEXTVAL', 'SETVAL', 'CURRVAL', 'LASTVAL', 'SET_CONFIG', 'PG_NOTIFY', 'PG_SLEEP', 'PG_BACKEND_PID',
  'PG_TRY_ADVISORY_LOCK', 'PG_TRY_ADVISORY_LOCK_SHARED', 'PG_TRY_ADVISORY_XACT_LOCK',
  'PG_TRY_ADVISORY_XACT_LOCK_SHARED', 'PG_ADVISORY_UNLOCK', 'PG_ADVISORY_UNLOCK_SHARED', 'PG_ADVISORY_UNLOCK_ALL',
  'TXID_CURRENT', 'PG_CURRENT_XACT_ID', 'CLOCK_TIMESTAMP', 'RANDOM', 'SETSEED', 'HASHTEXT', 'HASHTEXTEXTENDED',
])

/** Built-in functions that wait, and look at no table. */
const ONLY_WAITS = /^PG_ADVISORY_(?:XACT_)?LOCK(?:_SHARED)?$/u

/** `kind` is the statement's first word, upper case. */
export function hazardsOf(kind: string, tokens: readonly Token[]): readonly Hazard[] {
  const found = new Set<Hazard>()
  if (WAITING_KINDS.has(kind)) found.add('waits')
  if (REWRITING_KINDS.has(kind)) found.add('rewrites')
  if (LOOKING_KINDS.has(kind)) found.add('looks')
  if (kind === 'INSERT' && tokens.some((token) => isWord(token, 'CONFLICT'))) found.add('rewrites')
  if (QUERY_KINDS.has(kind)) for (const hazard of hazardsOfQuery(tokens)) found.add(hazard)
  return [...found]
}

function hazardsOfQuery(tokens: readonly Token[]): Hazard[] {
  return tokens.flatMap((token, index): readonly Hazard[] => {
    const next = tokens[index + 1]
    if (next?.text === '(' && next.type === 'mark' && isUnknownCall(token, tokens[index - 1])) {
      return ONLY_WAITS.test(token.text.toUpperCase()) ? ['waits'] : ['waits', 'rewrites', 'looks']
    }
    if (isWord(token, 'FROM')) return ['looks']
    if (isWord(token, 'INSERT')) return ['waits', 'looks']
    const changes = isWord(token, 'UPDATE') || isWord(token, 'DELETE') || isWord(token, 'MERGE')
    return changes || locksRows(token, next) ? ['waits', 'rewrites', 'looks'] : []
  })
}

/** FOR UPDATE is seen by its UPDATE; FOR also stands in `substring(a from 1 for 2)`. */
function locksRows(token: Token, next: Token | undefined): boolean {
  return isWord(token, 'FOR') && ['SHARE', 'NO', 'KEY'].some((word) => isWord(next, word))
}

/** A function that is on no list of ours; the name before a list of columns (`with a (b) as`) is none. */
function isUnknownCall(token: Token, before: Token | undefined): boolean {
  const isName = token.type === 'word' || token.type === 'quoted'
  const isColumns = ['INTO', 'WITH', 'AS', 'RECURSIVE'].some((word) => isWord(before, word))
  if (!isName || isColumns) return false
  if (token.type === 'quoted' || before?.text === '.') return true
  const word = token.text.toUpperCase()
  return !NO_FUNCTIONS.has(word) && !NEVER_WAITS.has(word) && !isPureFunction(word)
}
