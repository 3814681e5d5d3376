/**
 * The query protocol's requests as the fields that the JSON protocol would have sent: `Action=X`, entries of a batch as
 * `XRequestEntry.1.Id`, attributes as `MessageAttribute.1.Name` and `MessageAttribute.1.Value.StringValue`.
 *
 * Only the fields that this decoder reads are put back where JSON has them; the others stay under their own names.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
 */
import type { Fields } from './fields.ts'

const ENTRY = /^[A-Za-z]+BatchRequestEntry\.(\d+)\.(.+)$/
const ATTRIBUTE_NAME = /^MessageAttribute\.(\d+)\.Name$/

/** Form fields of a body or of a query string; of several values the last. */
export function decodeForm(text: string): ReadonlyMap<string, string> {
  return new Map(new URLSearchParams(text))
}

export function fieldsOfForm(form: ReadonlyMap<string, string>): Fields {
  const entries = new Map<number, Map<string, string>>()
  const own = new Map<string, string>()
  for (const [name, value] of form) {
    const [, number, field] = ENTRY.exec(name) ?? []
    if (number === undefined || field === undefined) {
      own.set(name, value)
      continue
    }
    const entry = entries.get(Number(number)) ?? new Map<string, string>()
    entries.set(Number(number), entry.set(field, value))
  }
  const inOrder = [...entries].toSorted(([a], [b]) => a - b).map(([, entry]) => withAttributes(entry))
  return { ...withAttributes(own), ...(inOrder.length === 0 ? {} : { Entries: inOrder }) }
}

function withAttributes(flat: ReadonlyMap<string, string>): Fields {
  const attributes = [...flat].flatMap(([field, name]) => {
    const number = ATTRIBUTE_NAME.exec(field)?.[1]
    if (number === undefined) return []
    return [[name, { StringValue: flat.get(`MessageAttribute.${number}.Value.StringValue`) }] as const]
  })
  return { ...Object.fromEntries(flat), MessageAttributes: Object.fromEntries(attributes) }
}
