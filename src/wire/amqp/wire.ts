/**
 * AMQP 0-9-1 as RabbitMQ speaks it, as a protocol of the taps.
 *
 * Not AMQP 1.0, not TLS: both are refused at the first bytes.
 */
import type { WireProtocol } from '../../model/wire.ts'
import { errorsOf, refuse } from './errors.ts'
import { plantRepeat, proveOneWay } from './interjections.ts'
import { plantLoss } from './plant-loss.ts'
import { amqpFraming } from './raw-framing.ts'
import { AmqpSession } from './session.ts'

export const amqpWire: WireProtocol = {
  name: 'amqp',
  open: () => new AmqpSession(),
  rawFraming: amqpFraming,
  proveOneWay,
  plantLoss,
  plantRepeat,
  errors: errorsOf,
  refuse,
}
