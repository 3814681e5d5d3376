/**
 * Every protocol that a tap can speak, by name. A new protocol is a folder beside this file and one line in it.
 */
import type { WireProtocol } from '../model/wire.ts'
import { amqpWire } from './amqp/wire.ts'
import { httpWire } from './http/wire.ts'
import { kafkaWire } from './kafka/wire.ts'
import { postgresWire } from './postgres/wire.ts'
import { tcpWire } from './tcp/wire.ts'

export const wireProtocols = {
  amqp: amqpWire,
  http: httpWire,
  kafka: kafkaWire,
  postgres: postgresWire,
  tcp: tcpWire,
} as const satisfies Readonly<Record<string, WireProtocol>>

export type WireName = keyof typeof wireProtocols
