/**
 * What a message has in common with others: the value of its key, and what it adds to a sum of that key.
 *
 * Read from the body that is sent, as numbers and text, so that the history says it of every send. A body that has no
 * such place, or that nobody can read, has neither. The first of several values counts; `suite/checks.ts` sees to it
 * that suites with shared effects have one.
 */
import { valuesAt } from '../lib/json-pointer.ts'
import type { Message } from '../model/message.ts'
import type { Workload } from '../model/suite.ts'

export interface SharedFields {
  readonly key?: string
  readonly amount?: number
}

export function sharedFieldsOf(workload: Pick<Workload, 'key' | 'amount'>, message: Message): SharedFields {
  const body = parsed(message.body)
  const key = firstAt(body, workload.key)
  const amount = numberOf(firstAt(body, workload.amount))
  return { ...key === undefined ? {} : { key }, ...amount === undefined ? {} : { amount } }
}

/** `384`, `"384.00"`; undefined for what is no number. */
export function numberOf(text: string | null | undefined): number | undefined {
  if (text === undefined || text === null || !/^-?\d+(?:\.\d+)?$/.test(text)) return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

function firstAt(body: unknown, pointer: string | undefined): string | undefined {
  if (pointer === undefined) return undefined
  const value = valuesAt(body, pointer)[0]?.value
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
