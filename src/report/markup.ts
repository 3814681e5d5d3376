/**
 * Markup with everything escaped that is put into it: HTML and XML are made by the `markup` template and nothing else.
 *
 * Whatever comes from a suite, a subject or a message is a string, and strings are made legible and escaped; only what
 * the template itself has made passes as it is. An instance is what tells the two apart: no value that was read from a
 * file can look like one. The output is well-formed XML, so that a strict parser can test it.
 */
import { stripVTControlCharacters } from 'node:util'
import { escapeUTF8 } from 'entities/escape'

/** Longer texts are cut, and say so: one message of megabytes must not swamp a report. */
export const TEXT_MAX = 4000

export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Piece = string | number | Markup | undefined | readonly Piece[]

export function markup(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(parts.map((part, i) => `${part}${i < pieces.length ? textOf(pieces[i]) : ''}`).join(''))
}

export function joined(pieces: readonly Piece[], between: string): Markup {
  return new Markup(pieces.map(textOf).join(escapeUTF8(between)))
}

function textOf(piece: Piece): string {
  if (piece === undefined) return ''
  if (piece instanceof Markup) return piece.text
  if (typeof piece === 'string') return escapeUTF8(legible(piece))
  return typeof piece === 'number' ? String(piece) : piece.map(textOf).join('')
}

/**
 * Text without colours, and without characters that XML forbids, that a terminal obeys, or that turn the reading
 * direction: those would show something else than what is there.
 */
export function legible(text: string, limit = TEXT_MAX): string {
  const rest = text.length - limit
  const shown = rest > 0 ? `${text.slice(0, limit)}\u2026 (${rest} more characters)` : text
  return stripVTControlCharacters(shown).toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (one) =>
      `[U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`)
}

/** In one line, at most `limit` long. */
export function brief(text: string, limit: number): string {
  const line = legible(text, Math.max(limit, 1) * 4).replaceAll(/\s+/g, ' ').trim()
  return line.length <= limit ? line : `${line.slice(0, Math.max(0, limit - 1)).toWellFormed()}\u2026`
}
