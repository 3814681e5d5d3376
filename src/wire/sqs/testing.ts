/**
 * SQS calls and answers by hand, in both protocols. Test support only; no part of the product imports it.
 */
import { assert } from '../../lib/assert.ts'
import type { OperationStart, Unit, WireSession } from '../../model/wire.ts'

export const queueUrl = 'http://127.0.0.1:4100/queue/us-east-1/000000000000/onceproof-c1-orders.fifo'

export function jsonCall(action: string, fields: object, headers = ''): Buffer {
  const body = JSON.stringify(fields)
  return Buffer.from(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-amz-json-1.0\r\n${headers}`
    + `x-amz-target: AmazonSQS.${action}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

export function formCall(action: string, fields: Readonly<Record<string, string>>, path = '/'): Buffer {
  const body = new URLSearchParams({ Action: action, Version: '2012-11-05', ...fields }).toString()
  return Buffer.from(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n`
    + `content-length: ${body.length}\r\n\r\n${body}`)
}

export function answer(body: object | string, status = '200 OK', headers = ''): Buffer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const length = Buffer.byteLength(text)
  return Buffer.from(`HTTP/1.1 ${status}\r\n${headers}content-length: ${length}\r\n\r\n${text}`)
}

/** The start of the one call in these bytes. */
export function startOf(session: WireSession, bytes: Buffer): OperationStart {
  const start = session.request(bytes)[0]?.starts
  assert(start !== undefined, 'the bytes are a call')
  return start
}

/** `settled a ack`, `lease a true`, `delivered a`. */
export function factLines(units: readonly Unit[]): string[] {
  return units.flatMap((unit) => unit.facts ?? []).map((fact) => {
    switch (fact.type) {
      case 'delivered':
        return `delivered ${fact.delivery} ${fact.messageId ?? ''} ${fact.redelivered ? 'again' : 'new'}`
      case 'settled': return `settled ${fact.delivery} ${fact.how}`
      case 'lease': return `lease ${fact.lease.name} ${fact.held ? 'held' : 'over'}`
      case 'consuming': return `consuming ${fact.lane}`
      default: return fact.type
    }
  })
}

export function endLines(units: readonly Unit[]): string[] {
  return units.flatMap((unit) => unit.ends ?? []).map(({ op, outcome, detail }) => `${op} ${outcome} ${detail}`)
}
