/**
 * Bound parameters as text, so that a message's token can be found in them.
 *
 * Text parameters are taken as they are. Types of binary ones stand in no message of the request, so their length
 * is all there is to go by: every reading that the length allows is given, and a wrong one finds no token.
 */
import type { Bind } from './messages.ts'

const UUID_BYTES = 16

export function parameterValues(bind: Bind): string[] {
  return bind.parameters.flatMap(({ binary, bytes }) => {
    if (bytes === undefined) return []
    return binary ? readings(bytes) : [bytes.toString('utf8')]
  })
}

/** Every reading of a binary value that its length allows. */
export function readings(bytes: Buffer): string[] {
  const found: string[] = []
  if (bytes.length === 2) found.push(String(bytes.readInt16BE(0)))
  if (bytes.length === 4) found.push(String(bytes.readInt32BE(0)))
  if (bytes.length === 8) found.push(String(bytes.readBigInt64BE(0)))
  if (bytes.length === UUID_BYTES) found.push(uuid(bytes))
  const text = bytes.toString('utf8')
  if (isPrintable(text)) found.push(text)
  // jsonb in binary is text behind a version byte.
  if (bytes[0] === 1 && isPrintable(text.slice(1))) found.push(text.slice(1))
  return found
}

function isPrintable(text: string): boolean {
  return /^[^\p{Cc}\ufffd]+$/u.test(text.replaceAll(/[\n\r\t]/gu, ' '))
}

function uuid(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
