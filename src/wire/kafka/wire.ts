/**
 * Kafka's protocol as a protocol of the taps: what clients of brokers from 2.1 to 4.3 send, and newer ones as far as
 * their versions are those of 4.3.
 *
 * Not TLS, which is refused at the first bytes, and no rewriting of addresses: brokers advertise the taps'.
 */
import type { WireProtocol, WireSession } from '../../model/wire.ts'
import { errorsOf, refuse } from './errors.ts'
import { LinkMemory } from './link-memory.ts'
import { plantLoss, plantRepeat } from './plant.ts'
import { kafkaFraming } from './raw-framing.ts'
import { KafkaSession } from './session.ts'

function openLink(): () => WireSession {
  const memory = new LinkMemory()
  return () => new KafkaSession(memory)
}

export const kafkaWire: WireProtocol = {
  name: 'kafka',
  open: () => openLink()(),
  openLink,
  rawFraming: kafkaFraming,
  // Commits settle and joins give a member its id; a fetch takes nothing from the broker.
  hearsOut: ({ reads }) => !reads,
  plantLoss,
  plantRepeat,
  errors: errorsOf,
  refuse,
}
