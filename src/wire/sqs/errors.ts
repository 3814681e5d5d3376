/**
 * Errors that SQS can return to any call: it is too busy, it is away, it failed before the work or after it; and that
 * every entry of a batch failed while the call went through.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html and the errors of each action
 * (RequestThrottled has status 400). SDKs retry all but the last of their own, with a header that says so; a failed
 * entry they hand to their caller with status 200. A 500 leaves the outcome open, so it comes in both kinds.
 */
import type { OperationStart, Refusal } from '../../model/wire.ts'
import { refuseWith } from '../http/errors.ts'
import { wholeRequest } from '../http/whole-message.ts'
import { decodeCall } from './call.ts'
import { errorAnswer, failedEntriesAnswer, type ServiceError } from './own-answers.ts'
import { isRead } from './session.ts'

const FAILED_ENTRIES = 'entries-InternalError'
const DONE = '-done'

const throttled: ServiceError = {
  status: '400 Bad Request', code: 'RequestThrottled', fault: 'Sender', message: 'The request was throttled.',
}
const away: ServiceError = {
  status: '503 Service Unavailable', code: 'ServiceUnavailable', fault: 'Receiver',
  message: 'The request has failed due to a temporary failure of the server.',
}
const broken: ServiceError = {
  status: '500 Internal Server Error', code: 'InternalFailure', fault: 'Receiver',
  message: 'The request processing has failed because of an unknown error, exception or failure.',
}

const errors: ReadonlyMap<string, ServiceError> = new Map([
  ...[throttled, away, broken].map((error) => [error.code, error] as const), [`${broken.code}${DONE}`, broken],
])

export function errorsOf({ kind }: OperationStart): readonly string[] {
  // What is no call of the service is called by its method: POST.
  if (!/^[A-Z][a-z]+[A-Z]/.test(kind)) return []
  const names = [...errors.keys()].filter((name) => !name.endsWith(DONE) || !isRead(kind))
  return kind.endsWith('Batch') ? [...names, FAILED_ENTRIES] : names
}

export function refuse(name: string, request: Buffer, start: OperationStart): Refusal | undefined {
  if (!errorsOf(start).includes(name)) return undefined
  const whole = wholeRequest(request)
  const call = whole === undefined ? undefined : decodeCall(whole.head, whole.body)
  if (call === undefined) return undefined
  if (name === FAILED_ENTRIES) {
    return refuseWith({ ...failedEntriesAnswer(call, 'InternalError'), isDone: false }, request)
  }
  const error = errors.get(name)
  if (error === undefined) return undefined
  return refuseWith({ ...errorAnswer(error, call.protocol), isDone: name.endsWith(DONE) }, request)
}
