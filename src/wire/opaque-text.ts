/**
 * Bytes as text to search for tokens in: UTF-8 where they are, else one character per byte, so that nothing is lost
 * and nothing throws. Not a way to guess an encoding.
 */
import { isUtf8 } from 'node:buffer'

export function textOfOpaque(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1')
}
