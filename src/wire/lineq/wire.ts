/**
 * The wire of lineq, a queue that exists for tests alone: lines of text, a reply line for every request line, in
 * order, and deliveries (`MSG NUMBER REDELIVERED QUEUE MESSAGE`) whenever there is something to deliver.
 *
 * It shows what a fifth broker costs; nothing of it is in the package. Names of queues are the subject's own: whoever
 * says `HI SPACE` sees that space alone.
 */
import { WireError } from '../../lib/errors.ts'
import type { Fact, OperationEnd, OperationStart, Refusal, Unit, WireProtocol, WireSession } from '../../model/wire.ts'
import { ByteQueue } from '../byte-queue.ts'

interface Asked {
  readonly op: number
  readonly word: string
  /** The queue, the number of a delivery, the space. */
  readonly about: string
}

/** A message as lines carry it: one JSON value. */
export interface LineqMessage {
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

class LineqSession implements WireSession {
  readonly #toServer = new ByteQueue()
  readonly #toClient = new ByteQueue()
  readonly #asked: Asked[] = []
  #operations = 0

  request(bytes: Buffer): Unit[] {
    this.#toServer.push(bytes)
    return takeLines(this.#toServer).map((line): Unit => {
      this.#operations += 1
      const op = this.#operations
      const [word = '', about = ''] = wordsOf(line)
      this.#asked.push({ op, word, about })
      return { bytes: line, op, starts: startOf(op, line) }
    })
  }

  reply(bytes: Buffer): Unit[] {
    this.#toClient.push(bytes)
    return takeLines(this.#toClient).map((line): Unit => {
      const [word = ''] = wordsOf(line)
      if (word === 'MSG') return { bytes: line, facts: [decodeDelivery(line)] }
      const asked = this.#asked.shift()
      if (asked === undefined) throw new WireError('lineq', 'a reply that nobody asked for', line)
      const end: OperationEnd = {
        op: asked.op, outcome: word === 'ERR' ? 'failed' : 'ok', detail: line.toString('utf8').trim(),
      }
      return { bytes: line, op: asked.op, ends: [end], facts: word === 'ERR' ? [] : factsOf(asked) }
    })
  }

  close(): Unit[] {
    const bytes = this.#toServer.take(this.#toServer.length)
    return bytes.length === 0 ? []
      : [{ bytes, facts: [{ type: 'unknown', detail: 'the connection ended inside a line', mayChangeState: false }] }]
  }
}

export const lineqWire: WireProtocol = {
  name: 'lineq',
  open: () => new LineqSession(),
  errors: ({ kind }) => (kind === 'PUT' || kind === 'ACK' ? ['busy'] : []),
  refuse: (name) => (name === 'busy' ? busy : undefined),
}

/** The server never hears of it. */
const busy: Refusal = {
  request: undefined, complete: () => true, answer: () => Buffer.from('ERR busy\n'), outcome: () => 'failed',
  closes: false,
}

function startOf(op: number, line: Buffer): OperationStart {
  const [kind = '', about = ''] = wordsOf(line)
  const isSettling = kind === 'ACK' || kind === 'NAK'
  return {
    op, kind, text: kind === 'PUT' || kind === 'SUB' ? about : '', reads: kind === 'LEN', oneWay: false,
    handshake: kind === 'HI' || kind === 'SUB', values: [line.toString('utf8').trim()],
    ...isSettling ? { deliveries: [about] } : {},
  }
}

function factsOf({ word, about }: Asked): Fact[] {
  if (word === 'HI') return [{ type: 'session', session: about }]
  if (word === 'SUB') return [{ type: 'consuming', lane: about }]
  if (word === 'ACK') return [{ type: 'settled', delivery: about, how: 'ack' }]
  return word === 'NAK' ? [{ type: 'settled', delivery: about, how: 'requeue' }] : []
}

function decodeDelivery(line: Buffer): Fact {
  const [, delivery = '', redelivered = '', lane = ''] = wordsOf(line)
  const start = ['MSG', delivery, redelivered, lane].join(' ').length
  const { id, headers, body } = JSON.parse(line.toString('utf8').slice(start)) as LineqMessage
  return { type: 'delivered', delivery, messageId: id, headers, body, redelivered: redelivered === '1', lane }
}

function wordsOf(line: Buffer): string[] {
  return line.toString('utf8').trim().split(' ')
}

function takeLines(queue: ByteQueue): Buffer[] {
  const end = queue.peek(queue.length).lastIndexOf('\n') + 1
  const text = queue.take(end)
  const lines: Buffer[] = []
  for (let from = 0; from < text.length;) {
    const to = text.indexOf('\n', from) + 1
    lines.push(text.subarray(from, to))
    from = to
  }
  return lines
}
