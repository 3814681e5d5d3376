/**
 * What is spoken over HTTP, apart from the connection it is spoken on: how calls are called, and what answers say.
 */
import type { OperationEnd, OperationStart, Outcome, Unit } from '../../model/wire.ts'
import type { Head } from './message-reader.ts'

/** A request as far as it was waited for. */
export interface Asked {
  readonly op: number
  readonly head: Head
  readonly body: Buffer
  readonly isWhole: boolean
}

/** A response; its body only where the dialect reads it and its head says where it ends. */
export interface Answered {
  readonly op: number
  readonly head: Head
  readonly body: Buffer | undefined
}

/** What is spoken over HTTP: how calls are called and what their answers say. One per connection. */
export interface HttpDialect {
  /** So much of a request's body is waited for. */
  readonly bodyBytesMax: number
  /** Responses are withheld until they are whole. */
  readonly readsResponses: boolean
  ask(asked: Asked): { readonly starts: OperationStart } & Pick<Unit, 'facts'>
  answer(answered: Answered): { readonly end: OperationEnd } & Pick<Unit, 'facts'>
}

/** A server error says nothing about what was done before it. */
export function outcomeOf(status: number): Outcome {
  if (status >= 500) return 'indeterminate'
  return status >= 400 ? 'failed' : 'ok'
}
