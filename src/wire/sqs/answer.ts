/**
 * An answer of SQS, whichever of its two protocols it came in: the messages that it hands over, what became of each
 * entry of a batch, or the name of its error.
 *
 * A batch can fail in part with status 200; then its reply names the entries that failed.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
 */
import type { Head } from '../http/message-reader.ts'
import { decodeJson, type SqsProtocol } from './call.ts'
import { fieldsAt, isFields, listAt, textAt, type Fields } from './fields.ts'
import { childAt, childrenOf, decodeXml, type Element } from './xml.ts'

export interface SqsMessage {
  readonly messageId: string
  readonly handle: string
  readonly body: string
  /** The system's, as far as they were asked for: `ApproximateReceiveCount`, `MessageGroupId`. */
  readonly system: Readonly<Record<string, string>>
  /** The sender's, as far as they were asked for and are text. */
  readonly attributes: Readonly<Record<string, string>>
}

export interface SqsAnswer {
  /** Name of the error without its namespace. */
  readonly error: string | undefined
  readonly messages: readonly SqsMessage[]
  /** Ids of entries of a batch. */
  readonly failed: readonly string[]
}

export function decodeAnswer(head: Head, body: Buffer, protocol: SqsProtocol): SqsAnswer {
  if (head.status >= 400) return { error: errorOf(head, body), messages: [], failed: [] }
  return protocol === 'json' ? decodeJsonAnswer(body) : decodeXmlAnswer(body)
}

/** What stands in the way of a server (a proxy, an outage) answers with a body of its own: then there is no name. */
function errorOf({ headers }: Head, body: Buffer): string | undefined {
  const queryError = headers.get('x-amzn-query-error')?.split(';', 1)[0]
  const text = body.toString('utf8')
  const type = headers.get('x-amzn-errortype') ?? /"__type"\s*:\s*"([^"]+)"/.exec(text)?.[1]
    ?? /<Code>([^<]+)<\/Code>/.exec(text)?.[1]
  return (type ?? queryError)?.replace(/^.*[#.]/, '').replace(/:.*$/, '')
}

function decodeJsonAnswer(body: Buffer): SqsAnswer {
  const fields = decodeJson(body)
  return {
    error: undefined,
    messages: listAt(fields, 'Messages').map((message) => ({
      messageId: textAt(message, 'MessageId') ?? '', handle: textAt(message, 'ReceiptHandle') ?? '',
      body: textAt(message, 'Body') ?? '', system: textsOf(fieldsAt(message, 'Attributes')),
      attributes: textsOf(fieldsAt(message, 'MessageAttributes')),
    })),
    failed: listAt(fields, 'Failed').map((entry) => textAt(entry, 'Id') ?? ''),
  }
}

/** `{ a: 'x' }` and `{ a: { StringValue: 'x' } }`; what is no text is left out. */
function textsOf(fields: Fields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => {
    const text = isFields(value) ? textAt(value, 'StringValue') : textAt(fields, name)
    return text === undefined ? [] : [[name, text]]
  }))
}

function decodeXmlAnswer(body: Buffer): SqsAnswer {
  const result = decodeXml(body).children.find(({ name }) => name.endsWith('Result'))
  return {
    error: undefined,
    messages: childrenOf(result, 'Message').map((message) => ({
      messageId: textIn(message, 'MessageId') ?? '', handle: textIn(message, 'ReceiptHandle') ?? '',
      body: textIn(message, 'Body') ?? '',
      system: Object.fromEntries(childrenOf(message, 'Attribute').flatMap((pair) => pairOf(pair, 'Value'))),
      attributes: Object.fromEntries(childrenOf(message, 'MessageAttribute')
        .flatMap((pair) => pairOf(pair, 'Value', 'StringValue'))),
    })),
    failed: childrenOf(result, 'BatchResultErrorEntry').map((entry) => textIn(entry, 'Id') ?? ''),
  }
}

function pairOf(pair: Element, ...valuePath: readonly string[]): [string, string][] {
  const [name, value] = [textIn(pair, 'Name'), textIn(pair, ...valuePath)]
  return name === undefined || value === undefined ? [] : [[name, value]]
}

function textIn(element: Element, ...path: readonly string[]): string | undefined {
  return childAt(element, ...path)?.text
}
