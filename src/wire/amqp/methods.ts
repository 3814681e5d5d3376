/**
 * Every method of AMQP 0-9-1 with RabbitMQ's extensions, as one table: id, sender, name, arguments in order.
 *
 * From amqp0-9-1.extended.xml (rabbitmq-codegen). An id that is not here is unknown to us: it passes and is reported.
 * The table says how bytes are read, not what they mean; meaning is in `operation.ts` and `channel.ts`.
 */
import { assert } from '../../lib/assert.ts'
import type { FieldType } from './field-reader.ts'

/** C: only clients send it, S: only servers do, B: both. */
export type Sender = 'C' | 'S' | 'B'

export interface MethodSpec {
  readonly id: number
  readonly name: string
  readonly sender: Sender
  readonly fields: readonly (readonly [string, FieldType])[]
}

type Row = readonly [number, number, Sender, string, string]

const ROWS: readonly Row[] = [
  [10, 10, 'S', 'connection.start',
    'versionMajor:octet versionMinor:octet serverProperties:table mechanisms:longstr locales:longstr'],
  [10, 11, 'C', 'connection.start-ok', 'clientProperties:table mechanism:shortstr response:longstr locale:shortstr'],
  [10, 20, 'S', 'connection.secure', 'challenge:longstr'],
  [10, 21, 'C', 'connection.secure-ok', 'response:longstr'],
  [10, 30, 'S', 'connection.tune', 'channelMax:short frameMax:long heartbeat:short'],
  [10, 31, 'C', 'connection.tune-ok', 'channelMax:short frameMax:long heartbeat:short'],
  [10, 40, 'C', 'connection.open', 'virtualHost:shortstr capabilities:shortstr insist:bit'],
  [10, 41, 'S', 'connection.open-ok', 'knownHosts:shortstr'],
  [10, 50, 'B', 'connection.close', 'replyCode:short replyText:shortstr classId:short methodId:short'],
  [10, 51, 'B', 'connection.close-ok', ''],
  [10, 60, 'S', 'connection.blocked', 'reason:shortstr'],
  [10, 61, 'S', 'connection.unblocked', ''],
  [10, 70, 'C', 'connection.update-secret', 'newSecret:longstr reason:shortstr'],
  [10, 71, 'S', 'connection.update-secret-ok', ''],
  [20, 10, 'C', 'channel.open', 'outOfBand:shortstr'],
  [20, 11, 'S', 'channel.open-ok', 'channelId:longstr'],
  [20, 20, 'B', 'channel.flow', 'active:bit'],
  [20, 21, 'B', 'channel.flow-ok', 'active:bit'],
  [20, 40, 'B', 'channel.close', 'replyCode:short replyText:shortstr classId:short methodId:short'],
  [20, 41, 'B', 'channel.close-ok', ''],
  [30, 10, 'C', 'access.request', 'realm:shortstr exclusive:bit passive:bit active:bit write:bit read:bit'],
  [30, 11, 'S', 'access.request-ok', 'ticket:short'],
  [40, 10, 'C', 'exchange.declare', 'ticket:short exchange:shortstr type:shortstr passive:bit durable:bit'
    + ' autoDelete:bit internal:bit nowait:bit arguments:table'],
  [40, 11, 'S', 'exchange.declare-ok', ''],
  [40, 20, 'C', 'exchange.delete', 'ticket:short exchange:shortstr ifUnused:bit nowait:bit'],
  [40, 21, 'S', 'exchange.delete-ok', ''],
  [40, 30, 'C', 'exchange.bind',
    'ticket:short destination:shortstr source:shortstr routingKey:shortstr nowait:bit arguments:table'],
  [40, 31, 'S', 'exchange.bind-ok', ''],
  [40, 40, 'C', 'exchange.unbind',
    'ticket:short destination:shortstr source:shortstr routingKey:shortstr nowait:bit arguments:table'],
  [40, 51, 'S', 'exchange.unbind-ok', ''],
  [50, 10, 'C', 'queue.declare', 'ticket:short queue:shortstr passive:bit durable:bit exclusive:bit autoDelete:bit'
    + ' nowait:bit arguments:table'],
  [50, 11, 'S', 'queue.declare-ok', 'queue:shortstr messageCount:long consumerCount:long'],
  [50, 20, 'C', 'queue.bind',
    'ticket:short queue:shortstr exchange:shortstr routingKey:shortstr nowait:bit arguments:table'],
  [50, 21, 'S', 'queue.bind-ok', ''],
  [50, 30, 'C', 'queue.purge', 'ticket:short queue:shortstr nowait:bit'],
  [50, 31, 'S', 'queue.purge-ok', 'messageCount:long'],
  [50, 40, 'C', 'queue.delete', 'ticket:short queue:shortstr ifUnused:bit ifEmpty:bit nowait:bit'],
  [50, 41, 'S', 'queue.delete-ok', 'messageCount:long'],
  [50, 50, 'C', 'queue.unbind',
    'ticket:short queue:shortstr exchange:shortstr routingKey:shortstr arguments:table'],
  [50, 51, 'S', 'queue.unbind-ok', ''],
  [60, 10, 'C', 'basic.qos', 'prefetchSize:long prefetchCount:short global:bit'],
  [60, 11, 'S', 'basic.qos-ok', ''],
  [60, 20, 'C', 'basic.consume', 'ticket:short queue:shortstr consumerTag:shortstr noLocal:bit noAck:bit'
    + ' exclusive:bit nowait:bit arguments:table'],
  [60, 21, 'S', 'basic.consume-ok', 'consumerTag:shortstr'],
  [60, 30, 'B', 'basic.cancel', 'consumerTag:shortstr nowait:bit'],
  [60, 31, 'B', 'basic.cancel-ok', 'consumerTag:shortstr'],
  [60, 40, 'C', 'basic.publish', 'ticket:short exchange:shortstr routingKey:shortstr mandatory:bit immediate:bit'],
  [60, 50, 'S', 'basic.return', 'replyCode:short replyText:shortstr exchange:shortstr routingKey:shortstr'],
  [60, 60, 'S', 'basic.deliver',
    'consumerTag:shortstr deliveryTag:longlong redelivered:bit exchange:shortstr routingKey:shortstr'],
  [60, 70, 'C', 'basic.get', 'ticket:short queue:shortstr noAck:bit'],
  [60, 71, 'S', 'basic.get-ok',
    'deliveryTag:longlong redelivered:bit exchange:shortstr routingKey:shortstr messageCount:long'],
  [60, 72, 'S', 'basic.get-empty', 'clusterId:shortstr'],
  [60, 80, 'B', 'basic.ack', 'deliveryTag:longlong multiple:bit'],
  [60, 90, 'C', 'basic.reject', 'deliveryTag:longlong requeue:bit'],
  [60, 100, 'C', 'basic.recover-async', 'requeue:bit'],
  [60, 110, 'C', 'basic.recover', 'requeue:bit'],
  [60, 111, 'S', 'basic.recover-ok', ''],
  [60, 120, 'B', 'basic.nack', 'deliveryTag:longlong multiple:bit requeue:bit'],
  [85, 10, 'C', 'confirm.select', 'nowait:bit'],
  [85, 11, 'S', 'confirm.select-ok', ''],
  [90, 10, 'C', 'tx.select', ''],
  [90, 11, 'S', 'tx.select-ok', ''],
  [90, 20, 'C', 'tx.commit', ''],
  [90, 21, 'S', 'tx.commit-ok', ''],
  [90, 30, 'C', 'tx.rollback', ''],
  [90, 31, 'S', 'tx.rollback-ok', ''],
]

/** Properties of class basic in the order of their flags, from bit 15 down. */
export const BASIC_PROPERTIES = parseFields(
  'contentType:shortstr contentEncoding:shortstr headers:table deliveryMode:octet priority:octet'
  + ' correlationId:shortstr replyTo:shortstr expiration:shortstr messageId:shortstr timestamp:longlong'
  + ' type:shortstr userId:shortstr appId:shortstr clusterId:shortstr')

export const METHODS: ReadonlyMap<number, MethodSpec> = new Map(ROWS.map((row) => {
  const [classIndex, methodIndex, sender, name, fields] = row
  const id = methodId(classIndex, methodIndex)
  return [id, { id, name, sender, fields: parseFields(fields) }]
}))

/** As on the wire: the class in the upper, the method in the lower 16 bits. */
export function methodId(classIndex: number, methodIndex: number): number {
  return classIndex * 0x10000 + methodIndex
}

function parseFields(text: string): (readonly [string, FieldType])[] {
  return text.split(' ').filter((field) => field !== '').map((field) => {
    const [name, type] = field.split(':')
    assert(name !== undefined && isFieldType(type), `'${field}' in the method table has no known type`)
    return [name, type]
  })
}

function isFieldType(type: string | undefined): type is FieldType {
  return ['octet', 'short', 'long', 'longlong', 'shortstr', 'longstr', 'bit', 'table'].includes(type ?? '')
}
