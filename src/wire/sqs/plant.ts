/**
 * Plants in sends, for the controls of an effect that is a message in another queue: a send that leaves no message
 * though its sender is told that it did, and the same message once more.
 *
 * Instead of the lost send goes a question about the same queue, so that the connection stays in step. The repeat has
 * deduplication ids of its own: with the first ones a FIFO queue would swallow it. No signature is made for what was
 * changed; the emulators check none, and the service itself speaks TLS and is not reached by a tap.
 */
import { createHash } from 'node:crypto'
import type { Interjection, OperationStart, PlantedLoss } from '../../model/wire.ts'
import { outcomeOf } from '../http/dialect.ts'
import { refuseWith } from '../http/errors.ts'
import { finalStatus, wholeRequest } from '../http/whole-message.ts'
import { decodeCall, type SqsCall } from './call.ts'
import { listAt, textAt, type Fields } from './fields.ts'
import { decodeForm } from './form.ts'
import { sentAnswer } from './own-answers.ts'

const SENDS: ReadonlySet<string> = new Set(['SendMessage', 'SendMessageBatch'])
const DEDUPLICATION = 'MessageDeduplicationId'
const QUESTION = 'GetQueueAttributes'

interface Sending {
  readonly call: SqsCall
  readonly body: Buffer
}

/** Undefined for anything but a whole send. */
export function plantLoss(request: Buffer, start: OperationStart): PlantedLoss | undefined {
  const sending = sendingOf(request, start)
  if (sending === undefined) return undefined
  const claimed = refuseWith({ ...sentAnswer(sending.call), isDone: false }, request)?.answer(Buffer.alloc(0))
  if (claimed === undefined) return undefined
  return {
    request: withBody(request, question(sending), QUESTION),
    complete: (reply) => finalStatus(reply, 'POST') !== undefined,
    answer: (reply) => (outcomeOf(finalStatus(reply, 'POST') ?? 500) === 'ok' ? claimed : reply),
  }
}

export function plantRepeat(request: Buffer, start: OperationStart): Interjection | undefined {
  const sending = sendingOf(request, start)
  if (sending === undefined) return undefined
  return {
    bytes: withBody(request, renamed(sending)),
    done(reply) {
      const status = finalStatus(reply, 'POST')
      return status === undefined ? undefined : outcomeOf(status)
    },
  }
}

function sendingOf(request: Buffer, start: OperationStart): Sending | undefined {
  if (!SENDS.has(start.kind)) return undefined
  const whole = wholeRequest(request)
  const call = whole === undefined ? undefined : decodeCall(whole.head, whole.body)
  return whole === undefined || call === undefined ? undefined : { call, body: whole.body }
}

function question({ call: { protocol, queueUrl }, body }: Sending): string {
  if (protocol === 'json') return JSON.stringify({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] })
  // Without a URL in the form, the request goes to the queue's own path.
  const kept = [...decodeForm(body.toString('utf8'))].filter(([name]) => name === 'Version' || name === 'QueueUrl')
  return new URLSearchParams([['Action', QUESTION], ...kept, ['AttributeName.1', 'QueueArn']]).toString()
}

/** The same with other deduplication ids; a queue without groups knows none. */
function renamed({ call, body }: Sending): string {
  const isBatch = call.action.endsWith('Batch')
  if (call.protocol === 'json') {
    if (!isBatch) return JSON.stringify(renamedFields(call.fields))
    return JSON.stringify({ ...call.fields, Entries: listAt(call.fields, 'Entries').map(renamedFields) })
  }
  const old = decodeForm(body.toString('utf8'))
  const form = new Map(old)
  for (const [name, value] of old) {
    const group = /^(?:(.*)\.)?MessageGroupId$/.exec(name)
    if (group === null) continue
    const key = group[1] === undefined ? DEDUPLICATION : `${group[1]}.${DEDUPLICATION}`
    form.set(key, anotherId(form.get(key) ?? `${name} ${value}`))
  }
  return new URLSearchParams([...form]).toString()
}

function renamedFields(fields: Fields): Fields {
  if (textAt(fields, 'MessageGroupId') === undefined) return fields
  return { ...fields, [DEDUPLICATION]: anotherId(textAt(fields, DEDUPLICATION) ?? JSON.stringify(fields)) }
}

/** At most 128 characters. */
function anotherId(id: string): string {
  return createHash('sha256').update(`once more: ${id}`).digest('hex')
}

/** What spoke of the old body goes; the new one has a length. */
const ABOUT_BODY = /^(?:content-length|transfer-encoding|content-md5|x-amz-content-sha256):/i

function withBody(request: Buffer, body: string, action?: string): Buffer {
  const [first = '', ...lines] = request.subarray(0, request.indexOf('\r\n\r\n')).toString('latin1').split('\r\n')
  const kept = lines.filter((line) => !ABOUT_BODY.test(line)).map((line) => (
    action === undefined ? line : line.replace(/^(x-amz-target:\s*AmazonSQS)\.\w+/i, `$1.${action}`)
  ))
  const head = [first, ...kept, `content-length: ${Buffer.byteLength(body)}`].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), Buffer.from(body)])
}
