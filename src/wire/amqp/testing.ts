/**
 * Frames for tests, written by amqplib's own encoder, so that no test checks our reading against our writing.
 *
 * The package exports none of these files: they are found beside its main one. Test support only.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { assert } from '../../lib/assert.ts'
import { encodeFrame, BODY_FRAME } from './frames.ts'
import { METHODS } from './methods.ts'

interface Definition {
  readonly name: string
  readonly args: readonly { readonly name: string; readonly type: string }[]
}

export interface AmqplibDefinitions {
  readonly BasicProperties: number
  info(id: number): Definition
  decode(id: number, bytes: Buffer): unknown
  encodeMethod(id: number, channel: number, fields: unknown): Buffer
  encodeProperties(id: number, channel: number, size: number, fields: unknown): Buffer
}

export interface AmqplibCodec {
  encodeTable(buffer: Buffer, table: unknown, offset: number): number
}

function parseModule(name: string): unknown {
  const require = createRequire(import.meta.url)
  return require(join(dirname(require.resolve('amqplib')), 'lib', `${name}.js`)) as unknown
}

export function parseDefinitions(): AmqplibDefinitions & Readonly<Record<string, unknown>> {
  return parseModule('defs') as AmqplibDefinitions & Readonly<Record<string, unknown>>
}

export function parseCodec(): AmqplibCodec {
  return parseModule('codec') as AmqplibCodec
}

const definitions = parseDefinitions()

/** A method frame; what is left out has amqplib's default. */
export function method(channel: number, name: string, fields: Readonly<Record<string, unknown>> = {}): Buffer {
  const spec = [...METHODS.values()].find((each) => each.name === name)
  assert(spec !== undefined, `${name} is no method`)
  const needed: Readonly<Record<string, unknown>> = {
    replyText: '', classId: 0, methodId: 0, routingKey: '', deliveryTag: 0, redelivered: false, exchange: '',
    messageCount: 0, consumerCount: 0, type: 'topic', source: '', destination: '', clientProperties: {},
    response: Buffer.alloc(0), newSecret: Buffer.alloc(0), reason: '', serverProperties: {}, channelMax: 0,
    frameMax: 0, heartbeat: 0, consumerTag: '',
    active: true, replyCode: 200,
  }
  return Buffer.from(definitions.encodeMethod(spec.id, channel, { ...needed, ...fields }))
}

/** Header and body frames. */
export function content(channel: number, body: string, properties: Readonly<Record<string, unknown>> = {}): Buffer[] {
  const bytes = Buffer.from(body)
  const header = Buffer.from(definitions.encodeProperties(60, channel, bytes.length, properties))
  return bytes.length === 0 ? [header] : [header, encodeFrame(BODY_FRAME, channel, bytes)]
}
