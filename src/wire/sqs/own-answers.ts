/**
 * Answers in the service's stead, in the protocol that the call came in: its errors, and the success of a send.
 *
 * The namespaces, the header `x-amzn-query-error` and the error's shapes are those that the service and the emulators
 * send; SDKs tell errors apart by them. A send's answer carries the MD5 of the body, which SDKs compare.
 */
import { createHash } from 'node:crypto'
import { encodeXML } from 'entities'
import type { OwnResponse } from '../http/errors.ts'
import type { SqsCall, SqsProtocol } from './call.ts'
import { listAt, textAt, type Fields } from './fields.ts'

const NAMESPACE = 'http://queue.amazonaws.com/doc/2012-11-05/'
const REQUEST_ID = '00000000-0000-0000-0000-000000000000'
/** As long as the service's own; only its order would mean something. */
const SEQUENCE_NUMBER = '18849496460467696128'

export interface ServiceError {
  /** Status code and reason. */
  readonly status: string
  readonly code: string
  readonly message: string
  readonly fault: 'Sender' | 'Receiver'
}

export function errorAnswer(error: ServiceError, protocol: SqsProtocol): Omit<OwnResponse, 'isDone'> {
  const { status, code, message, fault } = error
  if (protocol === 'json') {
    const body = JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message })
    return { status, headers: `${headersOf(protocol)}x-amzn-query-error: ${code};${fault}\r\n`, body }
  }
  const told = `<Type>${fault}</Type><Code>${code}</Code><Message>${encodeXML(message)}</Message><Detail/>`
  const body = `<?xml version="1.0"?><ErrorResponse xmlns="${NAMESPACE}"><Error>${told}</Error>`
    + `<RequestId>${REQUEST_ID}</RequestId></ErrorResponse>`
  return { status, headers: headersOf(protocol), body }
}

/** Every entry of a batch failed, and the call did not. */
export function failedEntriesAnswer(call: SqsCall, code: string): Omit<OwnResponse, 'isDone'> {
  const failed = call.entries.map(({ id }) => ({ Id: id, SenderFault: 'false', Code: code }))
  return okAnswer(call, call.protocol === 'json'
    ? { Successful: [], Failed: failed.map((entry) => ({ ...entry, SenderFault: false })) }
    : { BatchResultErrorEntry: failed })
}

export function sentAnswer(call: SqsCall): Omit<OwnResponse, 'isDone'> {
  if (!call.action.endsWith('Batch')) return okAnswer(call, sent(call.fields))
  const entries = listAt(call.fields, 'Entries').map((entry) => ({ Id: textAt(entry, 'Id') ?? '', ...sent(entry) }))
  return okAnswer(call, call.protocol === 'json' ? { Successful: entries } : { SendMessageBatchResultEntry: entries })
}

function sent(fields: Fields): Record<string, string> {
  const body = textAt(fields, 'MessageBody') ?? ''
  const md5 = createHash('md5').update(body).digest('hex')
  const id = md5.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  const isFifo = textAt(fields, 'MessageGroupId') !== undefined
  return { MessageId: id, MD5OfMessageBody: md5, ...(isFifo ? { SequenceNumber: SEQUENCE_NUMBER } : {}) }
}

type Result = Readonly<Record<string, string | readonly Readonly<Record<string, string | boolean>>[]>>

function okAnswer({ protocol, action }: SqsCall, result: Result): Omit<OwnResponse, 'isDone'> {
  const parts = { status: '200 OK', headers: headersOf(protocol) }
  if (protocol === 'json') return { ...parts, body: JSON.stringify(result) }
  const inner = Object.entries(result).map(([name, value]) => (typeof value === 'string' ? element(name, value)
    : value.map((entry) => `<${name}>${Object.entries(entry).map((pair) => element(...pair)).join('')}</${name}>`)
      .join(''))).join('')
  const body = `<?xml version="1.0"?><${action}Response xmlns="${NAMESPACE}">`
    + `<${action}Result>${inner}</${action}Result>`
    + `<ResponseMetadata><RequestId>${REQUEST_ID}</RequestId></ResponseMetadata></${action}Response>`
  return { ...parts, body }
}

function element(name: string, value: string | boolean): string {
  return `<${name}>${encodeXML(String(value))}</${name}>`
}

function headersOf(protocol: SqsProtocol): string {
  const type = protocol === 'json' ? 'application/x-amz-json-1.0' : 'text/xml'
  return `content-type: ${type}\r\nx-amzn-requestid: ${REQUEST_ID}\r\n`
}
