/**
 * A terminal as reports see it: how wide, whether a line can be written over, whether colours are wanted; and text
 * that fits it.
 *
 * Colours follow NO_COLOR and FORCE_COLOR; a line is written over only on a terminal that a person watches, never in
 * CI. Whatever comes from a subject or a suite loses its control characters before it is shown.
 */
import { styleText } from 'node:util'

export interface Terminal {
  /** Undefined where lines have no width: a file, a CI log. */
  readonly columns: number | undefined
  /** The last line can be written over. */
  readonly isLive: boolean
  readonly hasColour: boolean
  write(text: string): void
}

/** What is needed of process.stdout or process.stderr. */
export interface TerminalStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold'

const FILE_COLUMNS = 100
const COLUMNS_MIN = 40

export function openTerminal(stream: TerminalStream, env: NodeJS.ProcessEnv): Terminal {
  const isTty = stream.isTTY === true
  return {
    columns: isTty ? stream.columns : undefined,
    isLive: isTty && !isSet(env['CI']) && env['TERM'] !== 'dumb',
    hasColour: wantsColour(env, isTty),
    write: (text) => {
      stream.write(text)
    },
  }
}

/** no-color.org: any value that is not empty; FORCE_COLOR wins, and `0` or `false` in it means no. */
function wantsColour(env: NodeJS.ProcessEnv, isTty: boolean): boolean {
  const { FORCE_COLOR: force, NO_COLOR: none } = env
  if (force !== undefined) return force !== '0' && force !== 'false'
  if (none !== undefined && none !== '') return false
  return isTty && env['TERM'] !== 'dumb'
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}

export function paint(terminal: Pick<Terminal, 'hasColour'>, colour: Colour, text: string): string {
  return terminal.hasColour ? styleText(colour, text, { validateStream: false }) : text
}

/** Columns to wrap at. */
export function widthOf(terminal: Pick<Terminal, 'columns'>): number {
  return Math.max(COLUMNS_MIN, terminal.columns ?? FILE_COLUMNS)
}

/** One line without control characters. */
export function plain(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
}

export interface Indent {
  readonly first: string
  readonly next: string
}

/** Lines of at most `width`; a word that is longer is broken where the line ends. */
export function wrap(text: string, width: number, indent: Indent = { first: '', next: '' }): string[] {
  const lines: string[] = []
  let line = indent.first
  let isEmpty = true
  const end = (): void => {
    lines.push(line.trimEnd())
    line = indent.next
    isEmpty = true
  }
  for (const word of plain(text).split(' ').filter((one) => one !== '')) {
    if (!isEmpty && line.length + 1 + word.length > width) end()
    let rest = isEmpty ? word : ` ${word}`
    while (line.length + rest.length > width && width > line.length) {
      const room = width - line.length
      line += rest.slice(0, room)
      rest = rest.slice(room)
      end()
    }
    line += rest
    isEmpty = false
  }
  if (!isEmpty || lines.length === 0) end()
  return lines
}

/** Cut to the width, and says so. */
export function clipped(text: string, width: number): string {
  const line = plain(text)
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}\u2026`
}
