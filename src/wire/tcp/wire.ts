/**
 * A TCP stream that nobody decodes: its operations are turns, bytes of the client and the first bytes that come back.
 *
 * Where a reply ends can't be known, so a turn is over with its reply's first chunk and never better than
 * `indeterminate`; later chunks still belong to it. What the server says first (a banner) belongs to no turn.
 */
import type { OperationStart, Unit, WireProtocol, WireSession } from '../../model/wire.ts'
import { textOfOpaque } from '../opaque-text.ts'

class TcpSession implements WireSession {
  #turn = 0
  #isAsking = false

  request(bytes: Buffer): Unit[] {
    if (bytes.length === 0) return []
    if (this.#isAsking) return [{ bytes, op: this.#turn }]
    this.#isAsking = true
    this.#turn += 1
    const starts: OperationStart = {
      op: this.#turn, kind: 'turn', text: '', reads: false, oneWay: false, values: [textOfOpaque(bytes)],
    }
    return [{ bytes, op: this.#turn, starts }]
  }

  reply(bytes: Buffer): Unit[] {
    if (bytes.length === 0) return []
    if (this.#turn === 0) return [{ bytes }]
    if (!this.#isAsking) return [{ bytes, op: this.#turn }]
    this.#isAsking = false
    return [{
      bytes, op: this.#turn, ends: [{ op: this.#turn, outcome: 'indeterminate', detail: 'not decoded' }],
    }]
  }

  close(): Unit[] {
    return []
  }
}

export const tcpWire: WireProtocol = {
  name: 'tcp',
  open: () => new TcpSession(),
}
