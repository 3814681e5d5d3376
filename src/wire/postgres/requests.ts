/**
 * The client's half of the decoder: messages to operations.
 *
 * Parse, Bind, Describe and Close do nothing that lasts, so they wait for the Execute, Sync or Flush that makes them
 * count and travel with it as one unit; nothing waits longer, or a client would wait for ever. Statement texts are
 * kept by name from Parse on: drivers re-execute by name alone.
 */
import type { OperationStart, Unit } from '../../model/wire.ts'
import type { AwaitedKind, Conversation } from './conversation.ts'
import { contentionErrors } from './errors.ts'
import { Isolation } from './isolation.ts'
import { BodyReader, decodeBind, type PostgresMessage } from './messages.ts'
import { parseStatement, type Statement } from './statement.ts'
import { makeUnit, unknownFact } from './units.ts'
import { parameterValues } from './values.ts'

const AWAITED: ReadonlyMap<string, AwaitedKind> = new Map([
  ['P', 'parse'], ['B', 'bind'], ['D', 'describe'], ['C', 'close'],
])

interface Portal {
  readonly statement: Statement
  readonly values: readonly string[]
}

export class Requests {
  readonly #conversation: Conversation
  readonly #statements = new Map<string, Statement>()
  readonly #portals = new Map<string, Portal>()
  readonly #isolation = new Isolation()
  #waiting: PostgresMessage[] = []

  constructor(conversation: Conversation) {
    this.#conversation = conversation
  }

  /** Units that a whole message completes. */
  take(message: PostgresMessage): Unit[] {
    switch (message.kind) {
      case 'P':
      case 'B':
      case 'D':
      case 'C':
        this.#waiting.push(message)
        return []
      case 'E':
        return [this.#execute(message)]
      case 'S':
        return [...this.#prepare(), this.#sync(message)]
      case 'H':
        return [...this.#prepare(), this.#flush(message)]
      default:
        return [...this.#prepare(), this.#other(message)]
    }
  }

  /** Messages that wait for an Execute or Sync which will not come. */
  close(): PostgresMessage[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  #other(message: PostgresMessage): Unit {
    const { bytes } = message
    switch (message.kind) {
      case 'Q':
        return this.#query(message)
      case 'F':
        return this.#call(message)
      case 'p':
        return makeUnit(bytes, { secret: true, op: this.#conversation.lastOpen })
      case 'd':
        return makeUnit(bytes, { op: this.#conversation.lastOpen })
      case 'c':
      case 'f':
        this.#conversation.endCopy()
        return makeUnit(bytes, { op: this.#conversation.lastOpen })
      case 'X':
        return { bytes }
      default:
        return { bytes, facts: [unknownFact(`request '${message.kind}'`)] }
    }
  }

  #query(message: PostgresMessage): Unit {
    const statement = parseStatement(new BodyReader(message).string())
    const starts = this.#begin(statement, statement.literals)
    this.#conversation.expect('query', starts.op)
    return { bytes: message.bytes, op: starts.op, starts }
  }

  // FunctionCall: | function: Int32 oid | formats | arguments | format |, the old fast path of large objects.
  #call(message: PostgresMessage): Unit {
    const oid = new BodyReader(message).int32()
    const statement: Statement = {
      kind: 'FunctionCall', text: String(oid), reads: false, effects: [], commitsItself: false, hazards: [],
      literals: [],
    }
    const starts = this.#begin(statement, [])
    this.#conversation.expect('call', starts.op)
    return { bytes: message.bytes, op: starts.op, starts }
  }

  /** What waits and the Execute that it was for. */
  #execute(message: PostgresMessage): Unit {
    const waiting = this.close()
    for (const one of waiting) this.#learn(one)
    const name = new BodyReader(message).string()
    const portal = this.#portals.get(name) ?? unknownPortal(name)
    const starts = this.#begin(portal.statement, portal.values)
    for (const one of waiting) this.#expect(one, starts.op)
    this.#conversation.expect('execute', starts.op)
    return { bytes: Buffer.concat([...waiting, message].map((one) => one.bytes)), op: starts.op, starts }
  }

  /** What waits without an Execute: a statement prepared, described or closed for itself. */
  #prepare(): Unit[] {
    const waiting = this.close()
    if (waiting.length === 0) return []
    const texts = waiting.map((one) => this.#learn(one))
    const kind = waiting.every((one) => one.kind === 'C') ? 'CLOSE' : 'PREPARE'
    const text = texts.find((one) => one !== undefined) ?? ''
    const { op } = this.#conversation.begin({ kind, reads: true })
    for (const one of waiting) this.#expect(one, op)
    const starts: OperationStart = { op, kind, text, reads: true, oneWay: false, values: [] }
    return [{ bytes: Buffer.concat(waiting.map((one) => one.bytes)), op, starts }]
  }

  #sync(message: PostgresMessage): Unit {
    const op = this.#conversation.lastOpen
    this.#conversation.expect('sync', undefined)
    return makeUnit(message.bytes, { op })
  }

  #flush(message: PostgresMessage): Unit {
    const op = this.#conversation.lastOpen
    this.#conversation.flush()
    return makeUnit(message.bytes, { op })
  }

  #begin(statement: Statement, values: readonly string[]): OperationStart {
    const { kind, text, reads } = statement
    const { op, role, met } = this.#conversation.begin({ kind, reads, statement })
    const errors = contentionErrors(statement, met, this.#isolation.pass(statement, met))
    return {
      op, kind, text, reads, oneWay: false, values,
      ...(role === undefined ? {} : { transaction: role }), ...(errors.length === 0 ? {} : { errors }),
    }
  }

  #expect(message: PostgresMessage, op: number): void {
    const kind = AWAITED.get(message.kind)
    if (kind !== undefined) this.#conversation.expect(kind, op)
  }

  /** Keeps names; tells the text of the statement that the message is about. */
  // Parse: | name: String | query: String | types |; Describe and Close: | 'S' or 'P': Byte1 | name: String |.
  #learn(message: PostgresMessage): string | undefined {
    if (message.kind === 'P') {
      const reader = new BodyReader(message)
      const name = reader.string()
      const statement = parseStatement(reader.string())
      this.#statements.set(name, statement)
      return nameOf(statement)
    }
    if (message.kind === 'B') {
      const bind = decodeBind(message)
      const statement = this.#statements.get(bind.statement) ?? unknownStatement(bind.statement)
      this.#portals.set(bind.portal, { statement, values: [...parameterValues(bind), ...statement.literals] })
      return nameOf(statement)
    }
    const reader = new BodyReader(message)
    const isStatement = reader.letter() === 'S'
    const name = reader.string()
    const statement = isStatement ? this.#statements.get(name) : this.#portals.get(name)?.statement
    if (message.kind === 'C' && isStatement) this.#statements.delete(name)
    if (message.kind === 'C' && !isStatement) this.#portals.delete(name)
    return statement === undefined ? undefined : nameOf(statement)
  }
}

/** A statement by its whole name, for an operation that is not its execution. */
function nameOf(statement: Statement): string {
  return statement.text === '' ? statement.kind : `${statement.kind} ${statement.text}`
}

/** One that SQL's own PREPARE made, or that was made before a pooler gave us the connection. */
function unknownStatement(name: string): Statement {
  return {
    kind: 'EXECUTE', text: name, reads: false, effects: ['none'], commitsItself: false, hazards: [], literals: [],
  }
}

/** A cursor that SQL's DECLARE made. */
function unknownPortal(name: string): Portal {
  return { statement: { ...unknownStatement(name), kind: 'FETCH' }, values: [] }
}
