/**
 * SQS as a protocol of the taps: HTTP/1.1 with JSON or query bodies, plain text only.
 *
 * Deliveries are called alike on all connections of a link. The harness, as the producer, knows its messages by the ids
 * that the server gave them: a subject need not ask for attributes to be understood.
 */
import type { WireProtocol } from '../../model/wire.ts'
import { errorsOf, refuse } from './errors.ts'
import { LinkMemory } from './link-memory.ts'
import { plantLoss, plantRepeat } from './plant.ts'
import { SqsSession, type SqsLedger } from './session.ts'

/** The protocol, for a share that can tell its own messages. */
export function sqsWireOf(ledger: SqsLedger): WireProtocol {
  return {
    name: 'sqs',
    open: () => new SqsSession(new LinkMemory(), ledger),
    openLink: () => {
      const memory = new LinkMemory()
      return () => new SqsSession(memory, ledger)
    },
    // Polls take messages, and deletes end them, whoever hears of it; a short poll too.
    hearsOut: () => true,
    plantLoss,
    plantRepeat,
    errors: errorsOf,
    refuse,
  }
}

export const sqsWire = sqsWireOf({ idOf: () => undefined, received: () => undefined })
