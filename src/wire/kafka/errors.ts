/**
 * Errors that a broker can return to a request and that clients are to try again after.
 *
 * | name               | what happens                                                                            |
 * |--------------------|-----------------------------------------------------------------------------------------|
 * | 14, 15, 16         | the coordinator loads, is not there, is another: it never heard of the request          |
 * | 27                 | the group rebalances; members of the classic protocol only                              |
 * | 51                 | the transaction before this one is still being ended                                    |
 * | 6, 19              | another broker leads the partition; too few replicas are in sync to write               |
 * | 7-done, 7-lost     | replicas were too slow: it is written, or it is not                                     |
 * | 15-done, 15-lost   | the same, as a transaction's coordinator says it                                        |
 *
 * Source: "Error Codes" of Kafka's protocol guide; TransactionStateManager and ReplicaManager for which says what.
 * A producer with sequence numbers is only told of errors behind the write: a batch that is lost while the next one is
 * on its way would leave a gap that no broker leaves. An error of the broker's own that comes instead is passed on.
 */
import type { OperationStart, Refusal } from '../../model/wire.ts'
import { answerTo, answerWith, bodyOfAnswer, decodeWhole, harmlessRequest, replaceAnswer } from './answers.ts'
import { errorsIn, outcomeOf } from './error-names.ts'
import { encodeResponse } from './frames.ts'

/** Those of others hang on what is in the request: `OperationStart.errors`. */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  OffsetCommit: ['14', '15', '16', '7-done', '7-lost'],
  TxnOffsetCommit: ['14', '15', '16'],
  EndTxn: ['14', '16', '51', '15-done', '15-lost'],
  AddPartitionsToTxn: ['16', '51'],
  AddOffsetsToTxn: ['16', '51'],
  JoinGroup: ['14', '15', '16'],
  // A coordinator that loads has lost the rebalance: it says 27, and never 14.
  SyncGroup: ['15', '16', '27'],
}

export function errorsOf(start: OperationStart): readonly string[] {
  return start.oneWay || start.handshake === true ? [] : [...ERRORS[start.kind] ?? [], ...start.errors ?? []]
}

export function refuse(name: string, bytes: Buffer, start: OperationStart): Refusal | undefined {
  if (!errorsOf(start).includes(name)) return undefined
  const request = decodeWhole(bytes)
  if (request === undefined) return undefined
  const isDone = name.endsWith('-done')
  const refusal = encodeResponse(request, answerWith(request, Number.parseInt(name, 10)))
  const theirErrors = (reply: Buffer): number[] => errorsIn(bodyOfAnswer(request, reply) ?? {})
  return {
    request: isDone ? bytes : harmlessRequest(request),
    complete: (reply) => answerTo(request, reply) !== undefined,
    answer: (reply) => (isDone && theirErrors(reply).length > 0 ? reply : replaceAnswer(request, reply, refusal)),
    outcome: (reply) => (isDone ? outcomeOf(start.kind, theirErrors(reply)) : 'failed'),
    closes: false,
  }
}
