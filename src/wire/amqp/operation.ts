/**
 * What a client's method is as an operation: its name, whether it only reads, what answers it, what values it carries.
 *
 * Pure functions of one method; what depends on the channel's state (confirm mode, transactions) is in `channel.ts`.
 */
import type { OperationStart } from '../../model/wire.ts'
import { bitField, textField, textOfValue, type Table } from './field-reader.ts'
import type { Method } from './frames.ts'
import { stableName, stableRoutingKey } from './generated-names.ts'

/** An operation but for its number, and for what the channel knows. */
export type Description = Omit<OperationStart, 'op' | 'transaction'>

/** No reply exists. basic.publish in confirm mode is the exception, and the channel's to know. */
const ONE_WAY: ReadonlySet<string> = new Set([
  'basic.ack', 'basic.nack', 'basic.reject', 'basic.publish', 'basic.recover-async', 'basic.cancel-ok',
  'connection.tune-ok', 'connection.close-ok', 'channel.close-ok', 'channel.flow-ok',
])

/**
 * Methods that change nothing outside their connection. Closing a connection requeues what is unsettled, as losing it
 * does: to a crash it makes no difference. basic.consume and basic.get are not here, they take deliveries.
 */
const READS: ReadonlySet<string> = new Set([
  'basic.qos', 'channel.open', 'confirm.select', 'tx.select', 'channel.flow-ok', 'channel.close-ok', 'basic.cancel-ok',
])

const HANDSHAKE: ReadonlySet<string> = new Set([
  'connection.start-ok', 'connection.secure-ok', 'connection.tune-ok', 'connection.open', 'channel.open',
])

const SECRET: ReadonlySet<string> = new Set([
  'connection.start-ok', 'connection.secure-ok', 'connection.update-secret',
])

const REPLIES: Readonly<Record<string, readonly string[]>> = {
  'connection.start-ok': ['connection.tune', 'connection.secure'],
  'connection.secure-ok': ['connection.tune', 'connection.secure'],
  'basic.get': ['basic.get-ok', 'basic.get-empty'],
}

/** Names of the server's methods of which one answers it. */
export function repliesTo(name: string): readonly string[] {
  return REPLIES[name] ?? [`${name}-ok`]
}

export function isSecret(name: string): boolean {
  return SECRET.has(name)
}

/** `lane` is the queue that the method speaks of, where the channel knows it better than the arguments. */
export function describe(method: Method, lane: string | undefined): Description {
  const { spec: { name }, args } = method
  return {
    kind: name,
    text: textOf(name, args, lane),
    reads: isRead(name, args),
    oneWay: ONE_WAY.has(name) || bitField(args, 'nowait'),
    ...(HANDSHAKE.has(name) ? { handshake: true } : {}),
    values: isSecret(name) ? [] : textArguments(args),
  }
}

/** What a publish carries: body, identity and headers, and where to. */
export function publishValues(args: Table, properties: Table, body: string): string[] {
  const named = ['messageId', 'correlationId'].flatMap((name) => {
    const value = properties[name]
    return typeof value === 'string' ? [value] : []
  })
  return [body, ...named, ...Object.values(headersOf(properties)), ...textArguments(args)]
}

/** Headers as text, by name. */
export function headersOf(properties: Table): Record<string, string> {
  const { headers } = properties
  if (headers === undefined || headers === null || typeof headers !== 'object') return {}
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, textOfValue(value)]))
}

function isRead(name: string, args: Table): boolean {
  if (name === 'queue.declare' || name === 'exchange.declare') return bitField(args, 'passive')
  return READS.has(name) || name.startsWith('connection.')
}

function textOf(name: string, args: Table, lane: string | undefined): string {
  if (name === 'basic.publish') {
    return `${stableName(textField(args, 'exchange'))}/${stableRoutingKey(textField(args, 'routingKey'))}`
  }
  if (name.startsWith('connection.')) return ''
  if (lane !== undefined) return stableName(lane)
  const [text] = ['queue', 'destination', 'exchange', 'consumerTag'].flatMap((field) => {
    const value = args[field]
    return typeof value === 'string' ? [value] : []
  })
  return stableName(text ?? '')
}

function textArguments(args: Table): string[] {
  return Object.values(args).filter((value) => typeof value === 'string').filter((value) => value !== '')
}
