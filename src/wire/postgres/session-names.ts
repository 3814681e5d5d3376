/**
 * Names that live no longer than a session: savepoints, cursors, statements prepared in SQL.
 *
 * ORMs and drivers count them up or put a process or thread id in (`"s140735_x1"`, `pdo_stmt_00000003`), so that one
 * and the same operation has another text each time. A name with a digit becomes `$`; one that is all letters was
 * chosen by a person, tells operations apart, and stays. Names of tables and of all else that lasts are not touched.
 */
import { isWord, type Token } from './sql-tokens.ts'

/** Statements whose last word is such a name. */
const LAST = new Set(['SAVEPOINT', 'RELEASE', 'CLOSE', 'FETCH', 'MOVE', 'DEALLOCATE'])
/** Statements whose second word is. */
const SECOND = new Set(['DECLARE', 'PREPARE', 'EXECUTE'])

/** Of one text, which may hold several statements. */
export function foldSessionNames(tokens: readonly Token[]): Token[] {
  const folded = [...tokens]
  let start = 0
  for (let at = 0; at <= tokens.length; at += 1) {
    if (at < tokens.length && tokens[at]?.text !== ';') continue
    const place = nameIn(tokens, start, at)
    const name = tokens[place]
    if (name !== undefined && isCounted(name)) folded[place] = { type: 'parameter', text: '$', gap: name.gap }
    start = at + 1
  }
  return folded
}

/** The index of the name in the statement from `start` to `end`; -1 where it has none. */
function nameIn(tokens: readonly Token[], start: number, end: number): number {
  const first = tokens[start]
  if (first?.type !== 'word' || end - start < 2) return -1
  const keyword = first.text.toUpperCase()
  if (LAST.has(keyword)) return end - 1
  if (keyword === 'ROLLBACK') return tokens.slice(start, end).some((token) => isWord(token, 'TO')) ? end - 1 : -1
  return SECOND.has(keyword) ? start + 1 : -1
}

function isCounted(token: Token): boolean {
  return (token.type === 'word' || token.type === 'quoted') && /\d/.test(token.text)
}
