/**
 * Progress as a terminal shows it: one line that is written over while a person watches, one line per finished phase
 * everywhere else. Decides nothing and remembers nothing but the line that is on screen.
 */
import type { Progress } from '../model/run.ts'
import { clipped, paint, plain, widthOf, wrap, type Terminal } from './terminal.ts'

const BAR_CELLS = 20
const CLEAR_LINE = '\r\u001b[2K'

export interface TerminalProgress extends Progress, Disposable {}

/** Disposing it takes the live line off the screen. */
export function terminalProgress(terminal: Terminal): TerminalProgress {
  let live = ''
  const show = (text: string): void => {
    if (!terminal.isLive || text === live) return
    terminal.write(`${CLEAR_LINE}${text}`)
    live = text
  }
  const clear = (): void => {
    if (live !== '') terminal.write(CLEAR_LINE)
    live = ''
  }
  const print = (lines: readonly string[]): void => {
    const again = live
    clear()
    for (const line of lines) terminal.write(`${line}\n`)
    if (again !== '') show(again)
  }
  return {
    phase: (suite, phase, detail) => {
      clear()
      const what = `${plain(suite)}  ${phase.padEnd(9)} ${paint(terminal, 'dim', plain(detail))}`
      print([`${paint(terminal, 'green', 'done')} ${what}`])
    },
    step: (done, planned, text) => show(bar(terminal, done, planned, text)),
    line: (text) => print(text.split('\n').flatMap((line) => wrap(line, widthOf(terminal), { first: '', next: '  ' }))),
    [Symbol.dispose]: clear,
  }
}

function bar(terminal: Terminal, done: number, planned: number, text: string): string {
  const share = planned === 0 ? 0 : Math.min(1, done / planned)
  const full = Math.round(share * BAR_CELLS)
  const head = `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}] ${done}/${planned} `
  // One column stays free: a terminal wraps a line that fills it, and then it can't be written over.
  return head + clipped(text, Math.max(0, widthOf(terminal) - head.length - 1))
}
