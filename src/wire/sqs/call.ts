/**
 * A request of SQS, whichever of its two protocols it came in: JSON (`X-Amz-Target: AmazonSQS.X`) or the older query
 * protocol (a form with `Action=X`). What is neither is no call of SQS and means nothing but itself.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
 */
import { WireError } from '../../lib/errors.ts'
import type { Head } from '../http/message-reader.ts'
import { withoutOrigin } from '../http/stable-path.ts'
import { fieldsAt, isFields, listAt, numberAt, textAt, type Fields } from './fields.ts'
import { decodeForm, fieldsOfForm } from './form.ts'
import { queueLabel, queueNameOf } from './queue-label.ts'

export type SqsProtocol = 'json' | 'query'

/** What a call says of one message: there is one in a plain call, up to ten in a batch. */
export interface Entry {
  readonly id: string
  readonly handle: string | undefined
  /** Seconds for which it is to be hidden. */
  readonly visibility: number | undefined
  /** Texts of a message that is sent: its body, its attributes, its group and deduplication ids. */
  readonly values: readonly string[]
}

export interface SqsCall {
  readonly protocol: SqsProtocol
  /** `DeleteMessage`. */
  readonly action: string
  readonly queueUrl: string
  /** The queue's name without what it owes to its cell. */
  readonly queue: string
  readonly entries: readonly Entry[]
  /** Which try of the SDK it is, from 1, as its header says. */
  readonly attempt: number
  readonly fields: Fields
}

const SENT_TEXTS = ['MessageBody', 'MessageGroupId', 'MessageDeduplicationId']
const TARGET = /^AmazonSQS\.(\w+)$/

export function protocolOf({ headers }: Head): SqsProtocol | undefined {
  if (TARGET.test(headers.get('x-amz-target') ?? '')) return 'json'
  const type = headers.get('content-type') ?? ''
  return headers.has('x-amz-target') || type.includes('json') || type.includes('cbor') ? undefined : 'query'
}

/** Undefined for what is no call of SQS. Throws where it claims to be one and can't be read. */
export function decodeCall(head: Head, body: Buffer): SqsCall | undefined {
  const protocol = protocolOf(head)
  if (protocol === 'json') {
    return callOf({ protocol, action: TARGET.exec(head.headers.get('x-amz-target') ?? '')?.[1] ?? '' }, {
      head, fields: decodeJson(body), path: '',
    })
  }
  if (protocol === undefined) return undefined
  const [path = '', search = ''] = withoutOrigin(head.target).split('?', 2)
  const form = new Map([...decodeForm(search), ...decodeForm(body.toString('utf8'))])
  const action = form.get('Action')
  if (action === undefined || !/^\w+$/.test(action)) return undefined
  return callOf({ protocol, action }, { head, fields: fieldsOfForm(form), path })
}

/** An object; nothing at all counts as an empty one. */
export function decodeJson(body: Buffer): Fields {
  const text = body.toString('utf8')
  if (text.trim() === '') return {}
  const value = parsed(text)
  if (isFields(value)) return value
  throw new WireError('sqs', 'the body is no JSON object', body)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Nor is it an object.
    return undefined
  }
}

interface CallParts {
  readonly head: Head
  readonly fields: Fields
  /** Where the request went: old clients send it to the queue itself. */
  readonly path: string
}

function callOf(named: Pick<SqsCall, 'protocol' | 'action'>, { head, fields, path }: CallParts): SqsCall {
  const queueUrl = textAt(fields, 'QueueUrl') ?? (path.length > 1 ? path : '')
  const name = queueUrl === '' ? textAt(fields, 'QueueName') ?? '' : queueNameOf(queueUrl)
  const entries = named.action.endsWith('Batch') ? listAt(fields, 'Entries') : [fields]
  return {
    ...named, queueUrl, queue: queueLabel(name), entries: entries.map(entryOf), fields,
    attempt: Number(/attempt=(\d+)/.exec(head.headers.get('amz-sdk-request') ?? '')?.[1] ?? 1),
  }
}

function entryOf(fields: Fields): Entry {
  const attributes = Object.values(fieldsAt(fields, 'MessageAttributes'))
    .flatMap((value) => (isFields(value) ? textAt(value, 'StringValue') ?? [] : []))
  const texts = SENT_TEXTS.flatMap((name) => textAt(fields, name) ?? [])
  return {
    id: textAt(fields, 'Id') ?? '', handle: textAt(fields, 'ReceiptHandle'),
    visibility: numberAt(fields, 'VisibilityTimeout'),
    values: [...texts, ...attributes].filter((text) => text !== ''),
  }
}
