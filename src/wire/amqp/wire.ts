/**
 * AMQP 0-9-1 as RabbitMQ speaks it, as a protocol of the taps.
 *
 * Not AMQP 1.0, not TLS: both are refused at the first bytes. A loss is not planted on this wire yet.
 */
import type { WireProtocol } from '../../model/wire.ts'
import { plantRepeat, proveOneWay } from './interjections.ts'
import { AmqpSession } from './session.ts'

export const amqpWire: WireProtocol = {
  name: 'amqp',
  open: () => new AmqpSession(),
  proveOneWay,
  plantRepeat,
}
