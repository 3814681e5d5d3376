/**
 * The allow-list of statements that can't change anything outside their connection.
 *
 * What is not listed may change state. A SELECT is listed only if it locks nothing, writes nothing and calls nothing
 * but the built-in functions named here: any other function may do anything (nextval, pg_advisory_lock, one's own).
 * It does not look through views, row security or operators of the user's own, which may call functions as well.
 */
import { isWord, type Token } from './sql-tokens.ts'

/** Statements on session state only. SET is apart: SET CONSTRAINTS runs deferred checks and triggers. */
const SESSION_KINDS = new Set(['SHOW', 'DISCARD', 'RESET', 'DEALLOCATE', 'BEGIN', 'START'])

const QUERY_KINDS = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE'])

/** Anywhere in a query, these make it more than a query: writing CTEs, SELECT INTO, row locks. */
const CHANGING_WORDS = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'INTO', 'FOR'])

/** Keywords and types that a parenthesis may follow. */
export const NO_FUNCTIONS = new Set([
  'ALL', 'AND', 'ANY', 'ARRAY', 'AS', 'BETWEEN', 'BY', 'CASE', 'CAST', 'DISTINCT', 'ELSE', 'EXCEPT', 'EXISTS', 'FILTER',
  'FROM', 'GROUP', 'HAVING', 'IN', 'INTERSECT', 'IS', 'JOIN', 'LATERAL', 'LIKE', 'LIMIT', 'MATERIALIZED', 'NOT',
  'OFFSET', 'ON', 'OR', 'OVER', 'ROW', 'SELECT', 'SOME', 'THEN', 'UNION', 'USING', 'VALUES', 'WHEN', 'WHERE', 'WITHIN',
  'NUMERIC', 'DECIMAL', 'VARCHAR', 'CHAR', 'TIMESTAMP', 'TIMESTAMPTZ', 'INTERVAL', 'TIME', 'BIT',
])

const PURE_FUNCTIONS = new Set([
  'ABS', 'AGE', 'ARRAY_AGG', 'ARRAY_LENGTH', 'ARRAY_TO_STRING', 'AVG', 'BOOL_AND', 'BOOL_OR', 'BTRIM', 'CARDINALITY',
  'CEIL', 'CEILING', 'CHAR_LENGTH', 'CLOCK_TIMESTAMP', 'COALESCE', 'CONCAT', 'CONCAT_WS', 'COUNT', 'CURRENT_DATABASE',
  'CURRENT_SCHEMA', 'CURRENT_SCHEMAS', 'CURRENT_SETTING', 'CURRENT_TIMESTAMP', 'DATE_PART', 'DATE_TRUNC', 'DECODE',
  'DENSE_RANK', 'ENCODE', 'EVERY', 'EXTRACT', 'FIRST_VALUE', 'FLOOR', 'FORMAT', 'GENERATE_SERIES', 'GEN_RANDOM_UUID',
  'GREATEST', 'LAG', 'LAST_VALUE', 'LEAD', 'LEAST', 'LEFT', 'LENGTH', 'LOCALTIME', 'LOCALTIMESTAMP', 'LOWER', 'LPAD',
  'LTRIM', 'MAX', 'MD5', 'MIN', 'MOD', 'NOW', 'NULLIF', 'OCTET_LENGTH', 'PG_BACKEND_PID', 'POSITION', 'POWER',
  'RANDOM', 'RANK', 'REPLACE', 'RIGHT', 'ROUND', 'ROW_NUMBER', 'RPAD', 'RTRIM', 'SPLIT_PART', 'STATEMENT_TIMESTAMP',
  'STRING_AGG', 'STRING_TO_ARRAY', 'STRPOS', 'SUBSTR', 'SUBSTRING', 'SUM', 'TO_CHAR', 'TO_DATE', 'TO_JSON',
  'TO_JSONB', 'TO_NUMBER', 'TO_TIMESTAMP', 'TRANSACTION_TIMESTAMP', 'TRIM', 'TRUNC', 'UNNEST', 'UPPER', 'VERSION',
])

/** What may follow JSON_ or JSONB_: by name, for one's own functions begin like that too. */
const JSON_FUNCTIONS = new Set([
  'AGG', 'AGG_STRICT', 'ARRAY', 'ARRAYAGG', 'ARRAY_ELEMENTS', 'ARRAY_ELEMENTS_TEXT', 'ARRAY_LENGTH', 'BUILD_ARRAY',
  'BUILD_OBJECT', 'DELETE_PATH', 'EACH', 'EACH_TEXT', 'EXISTS', 'EXTRACT_PATH', 'EXTRACT_PATH_TEXT', 'INSERT', 'OBJECT',
  'OBJECTAGG', 'OBJECT_AGG', 'OBJECT_AGG_STRICT', 'OBJECT_KEYS', 'PATH_EXISTS', 'PATH_MATCH', 'PATH_QUERY',
  'PATH_QUERY_ARRAY', 'PATH_QUERY_FIRST', 'POPULATE_RECORD', 'POPULATE_RECORDSET', 'PRETTY', 'QUERY', 'SCALAR',
  'SERIALIZE', 'SET', 'SET_LAX', 'STRIP_NULLS', 'TABLE', 'TO_RECORD', 'TO_RECORDSET', 'TYPEOF', 'VALUE',
])

/** `kind` is the statement's first word, upper case. */
export function isRead(kind: string, tokens: readonly Token[]): boolean {
  if (kind === 'SET') return !isWord(tokens[1], 'CONSTRAINTS') && !tokens.some((token) => token.text === '(')
  if (kind === 'PREPARE') return !isWord(tokens[1], 'TRANSACTION')
  if (SESSION_KINDS.has(kind)) return true
  const isQuery = QUERY_KINDS.has(kind)
  return isQuery && tokens.every((token, index) => isHarmless(token, tokens[index + 1], tokens[index - 1]))
}

function isHarmless(token: Token, next: Token | undefined, before: Token | undefined): boolean {
  const calls = next?.type === 'mark' && next.text === '('
  if (token.type === 'quoted') return !calls
  if (token.type !== 'word') return true
  const word = token.text.toUpperCase()
  if (before?.text === '.') return !calls
  if (CHANGING_WORDS.has(word)) return false
  return !calls || NO_FUNCTIONS.has(word) || isPureFunction(word)
}

/** `word` is upper case. */
export function isPureFunction(word: string): boolean {
  const json = /^JSONB?_(.+)$/u.exec(word)?.[1]
  return PURE_FUNCTIONS.has(word) || (json !== undefined && JSON_FUNCTIONS.has(json))
}
