/**
 * Makes units: a key is there only if it has a value, because absent and undefined differ to those who compare.
 */
import type { Fact, OperationEnd, OperationStart, Unit } from '../../model/wire.ts'

interface UnitParts {
  readonly op?: number | undefined
  readonly starts?: OperationStart | undefined
  readonly ends?: readonly OperationEnd[] | undefined
  readonly facts?: readonly Fact[] | undefined
  readonly secret?: boolean
}

export function makeUnit(bytes: Buffer, parts: UnitParts = {}): Unit {
  const { op, starts, ends, facts, secret } = parts
  return {
    bytes,
    ...(op === undefined ? {} : { op }),
    ...(starts === undefined ? {} : { starts }),
    ...(ends === undefined || ends.length === 0 ? {} : { ends }),
    ...(facts === undefined || facts.length === 0 ? {} : { facts }),
    ...(secret === true ? { secret } : {}),
  }
}

export function unknownFact(detail: string, mayChangeState = true): Fact {
  return { type: 'unknown', detail, mayChangeState }
}
