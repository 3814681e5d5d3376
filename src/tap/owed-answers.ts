/**
 * Answers that a server owes a subject and that are worth hearing when it is gone: a poll's, whose messages would go to
 * nobody, or a settlement's, which says what became of one. Which those are is the protocol's to say.
 */
import type { OperationStart, Unit } from '../model/wire.ts'

export class OwedAnswers {
  readonly #matters: (start: OperationStart) => boolean
  readonly #operations = new Set<number>()

  constructor(matters: (start: OperationStart) => boolean) {
    this.#matters = matters
  }

  get isEmpty(): boolean {
    return this.#operations.size === 0
  }

  /** The server has the request. */
  asked({ starts }: Unit): void {
    if (starts !== undefined && !starts.oneWay && this.#matters(starts)) this.#operations.add(starts.op)
  }

  /** Its answer was read. */
  heard({ ends = [] }: Unit): void {
    for (const { op } of ends) this.#operations.delete(op)
  }
}
