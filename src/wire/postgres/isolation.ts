/**
 * The isolation level of a session, as far as its own words tell.
 *
 * Source: SET TRANSACTION and BEGIN in the PostgreSQL documentation. Levels come with BEGIN, SET TRANSACTION, SET
 * SESSION CHARACTERISTICS and two parameters. What a role, a database or the startup packet sets is not seen: then the
 * level is unknown, and unknown counts as read committed, the server's default.
 */
import type { Statement, TransactionStatus } from './statement.ts'

export type Level = 'repeatable read' | 'serializable'

const LEVEL = /\bisolation level (serializable|repeatable read|read committed|read uncommitted)\b/iu
const PARAMETER = /^(?:session |local )?(default_transaction_isolation|transaction_isolation)\b/iu
const CHARACTERISTICS = /^session characteristics as transaction\b/iu

export class Isolation {
  #session: Level | undefined
  #transaction: Level | undefined

  /** A statement passes; tells the level that it runs in. `met` is the transaction's status before it. */
  pass(statement: Statement, met: TransactionStatus): Level | undefined {
    if (met === 'I') this.#transaction = this.#session
    const { kind, text, effects } = statement
    if (effects.includes('begin')) this.#transaction = known(LEVEL.exec(text)?.[1], this.#transaction)
    if (kind === 'SET') this.#set(statement, met)
    if ((kind === 'RESET' || kind === 'DISCARD') && /^(?:all|default_transaction_isolation)$/iu.test(text)) {
      this.#session = undefined
    }
    return this.#transaction
  }

  #set({ text, literals }: Statement, met: TransactionStatus): void {
    if (CHARACTERISTICS.test(text)) {
      this.#session = known(LEVEL.exec(text)?.[1], this.#session)
      return
    }
    const parameter = PARAMETER.exec(text)?.[1]?.toLowerCase()
    const value = literals[0] ?? /(?:=|\bto)\s*"?(\w+)/iu.exec(text)?.[1]
    if (parameter === 'default_transaction_isolation') {
      // Inside a transaction it would go with a rollback: nobody does that, and nothing is claimed of it.
      this.#session = met === 'I' && !/^local\b/iu.test(text) ? known(value, undefined) : undefined
    } else if (met === 'T') {
      const named = parameter === undefined ? LEVEL.exec(text)?.[1] : value
      this.#transaction = known(named, this.#transaction)
    }
  }
}

/** The level of that name, if it is one of ours; without a name nothing changes. */
function known(named: string | undefined, unchanged: Level | undefined): Level | undefined {
  if (named === undefined) return unchanged
  const level = named.toLowerCase()
  return level === 'serializable' || level === 'repeatable read' ? level : undefined
}
