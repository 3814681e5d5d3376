/**
 * Which reply answers which request, and how operations ended.
 *
 * The server answers messages in the order in which they came, so a queue of awaited answers is all there is to
 * pairing; after an error in the extended protocol it skips everything up to the next Sync, and the queue does too.
 * Operations end with the ReadyForQuery of their group, because only that proves an implicit commit: in the extended
 * protocol CommandComplete comes before the commit, and a deferred constraint then still fails it (measured on 15).
 * Messages are not read here; see `requests.ts` and `replies.ts`.
 */
import type { OperationEnd, TransactionRole } from '../../model/wire.ts'
import { outcomeOf, type OpenOperation } from './outcome.ts'
import { roleOf, statusAfter, type Effect, type Statement, type TransactionStatus } from './statement.ts'

export type AwaitedKind = 'startup' | 'parse' | 'bind' | 'describe' | 'close' | 'execute' | 'query' | 'call' | 'sync'

interface Awaited {
  /** `copy-end` marks where a client ended its COPY data; it has no answer of its own. */
  readonly kind: AwaitedKind | 'copy-end'
  readonly op: number | undefined
  /** Of those that end with ReadyForQuery: the last operation that ends with them. */
  readonly through: number
}

/** The head of the queue, as far as replies need it. */
export interface Answering {
  readonly kind: AwaitedKind
  readonly op: number | undefined
}

/** What is known of an operation when it begins. */
export interface Beginning {
  readonly kind: string
  readonly reads: boolean
  readonly statement?: Statement
  readonly handshake?: boolean
}

export interface Begun {
  readonly op: number
  readonly role: TransactionRole | undefined
  readonly met: TransactionStatus
}

export class Conversation {
  #awaited: Awaited[] = []
  #open: OpenOperation[] = []
  #lastOp = 0
  /** The server skips what it gets until a Sync. */
  #skipping = false
  /** The server reads COPY data and ignores Sync and Flush. */
  #copyIn = false
  #error: { readonly op: number; readonly sqlstate: string } | undefined
  /** What the next operation will meet, as far as can be told. */
  #predicted: TransactionStatus = 'I'

  /** Opens an operation and tells its number, its role and the transaction that it meets. */
  begin(beginning: Beginning): Begun {
    const { statement } = beginning
    const met = this.#predicted
    const role = statement === undefined ? undefined : roleOf(statement, met)
    if (statement !== undefined) this.#predicted = statusAfter(statement, met)
    this.#lastOp += 1
    const effects: readonly Effect[] = statement?.effects ?? []
    const commitsItself = statement?.commitsItself ?? false
    const op = this.#lastOp
    this.#open.push({ ...beginning, op, role, effects, commitsItself, tags: [], parts: 0, flushed: false })
    return { op, role, met }
  }

  /** The last operation that is not over. */
  get lastOpen(): number | undefined {
    return this.#open.at(-1)?.op
  }

  /** A message was sent that has an answer. */
  expect(kind: AwaitedKind, op: number | undefined): void {
    if (kind === 'sync' && this.#copyIn) return
    if (kind === 'sync') this.#skipping = false
    const operation = this.#find(op)
    if (this.#skipping) {
      if (operation !== undefined) operation.skipped = true
      return
    }
    if (operation !== undefined) operation.parts += 1
    this.#awaited.push({ kind, op, through: this.#lastOp })
  }

  /** The client asked for what is ready: what needs no ReadyForQuery as proof ends with its own answer. */
  flush(): void {
    if (this.#copyIn) return
    for (const operation of this.#open) operation.flushed = true
  }

  /** The client ended its COPY data. */
  endCopy(): void {
    this.#copyIn = false
    if (this.#awaited.length > 0) this.#awaited.push({ kind: 'copy-end', op: undefined, through: 0 })
  }

  /** The operation whose message the server answers now; undefined if that is none of these kinds. */
  answering(kinds: readonly AwaitedKind[]): Answering | undefined {
    const head = this.#head()
    if (head === undefined || head.kind === 'copy-end' || !kinds.includes(head.kind)) return undefined
    return { kind: head.kind, op: head.op }
  }

  /** The server goes over to reading COPY data: it ignores every Sync that was sent before the data ended. */
  startCopyIn(): void {
    const end = this.#awaited.findIndex((awaited) => awaited.kind === 'copy-end')
    this.#copyIn = end === -1
    const isIgnored = (awaited: Awaited, index: number): boolean =>
      awaited.kind === 'sync' && (end === -1 || index < end)
    this.#awaited = this.#awaited.filter((awaited, index) => !isIgnored(awaited, index))
  }

  /** A statement completed; the head stays when more may follow (simple protocol). */
  complete(tag: string): OperationEnd[] {
    const head = this.#head()
    this.#find(head?.op)?.tags.push(tag)
    return head?.kind === 'execute' ? this.answered() : []
  }

  /** The head's answer is whole. */
  answered(): OperationEnd[] {
    const head = this.#head()
    this.#awaited.shift()
    const operation = this.#find(head?.op)
    if (operation === undefined) return []
    operation.parts -= 1
    const needsReady = !operation.flushed || operation.parts > 0 || operation.role === 'auto'
    return needsReady ? [] : this.#end([operation])
  }

  /** ErrorResponse; a fatal one is the connection's last word. */
  fail(sqlstate: string, fatal: boolean): { readonly op: number | undefined; readonly ends: OperationEnd[] } {
    const head = this.#head()
    const op = head?.kind === 'sync' ? this.#open.findLast((open) => open.op <= head.through)?.op : head?.op
    this.#copyIn = false
    const operation = this.#find(op)
    if (operation !== undefined) operation.error ??= sqlstate
    if (op !== undefined) this.#error ??= { op, sqlstate }
    if (fatal) {
      this.#awaited = []
      for (const open of this.#open) open.fatal = true
      return { op, ends: this.#end([...this.#open]) }
    }
    if (head !== undefined && !endsItself(head.kind)) this.#skip()
    return { op, ends: [] }
  }

  /** ReadyForQuery; undefined when nothing awaits one. */
  ready(status: TransactionStatus): { readonly op: number | undefined; readonly ends: OperationEnd[] } | undefined {
    const head = this.#head()
    if (head === undefined || !endsItself(head.kind)) return undefined
    this.#awaited.shift()
    const operation = this.#find(head.op)
    if (operation !== undefined) operation.parts -= 1
    this.#copyIn = false
    // What is still awaited was predicted from what came before it, and stays so.
    if (this.#head() === undefined) this.#predicted = status
    const over = this.#open.filter((open) => open.op <= head.through)
    const ends = this.#end(over)
    this.#error = undefined
    return { op: over.at(-1)?.op, ends }
  }

  #end(operations: readonly OpenOperation[]): OperationEnd[] {
    this.#open = this.#open.filter((open) => !operations.includes(open))
    return operations.map((operation) => {
      const later = operations.filter((other) => other.op > operation.op)
      return { op: operation.op, ...outcomeOf(operation, { error: this.#error, later }) }
    })
  }

  /** Drops what the server skips: everything up to the next Sync, or to the one that is still to come. */
  #skip(): void {
    const sync = this.#awaited.findIndex((awaited) => awaited.kind === 'sync')
    this.#skipping = sync === -1
    const skipped = sync === -1 ? this.#awaited : this.#awaited.slice(0, sync)
    this.#awaited = sync === -1 ? [] : this.#awaited.slice(sync)
    for (const { op } of skipped) {
      const operation = this.#find(op)
      if (operation !== undefined) operation.skipped = true
    }
  }

  #head(): Awaited | undefined {
    while (this.#awaited[0]?.kind === 'copy-end') this.#awaited.shift()
    return this.#awaited[0]
  }

  #find(op: number | undefined): OpenOperation | undefined {
    return op === undefined ? undefined : this.#open.find((open) => open.op === op)
  }
}

/** Answers that are whole only with ReadyForQuery; after an error in one of these nothing is skipped. */
function endsItself(kind: Awaited['kind']): boolean {
  return kind === 'sync' || kind === 'query' || kind === 'call' || kind === 'startup'
}
