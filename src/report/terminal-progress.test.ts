/** A live line for a person, one line per finished phase for a log. */
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { Terminal } from './terminal.ts'
import { terminalProgress } from './terminal-progress.ts'

function fake(isLive: boolean, columns: number | undefined = 60): { terminal: Terminal; text: () => string } {
  let text = ''
  return {
    terminal: { columns, isLive, hasColour: false, write: (more) => { text += more } },
    text: () => text,
  }
}

function drive(terminal: Terminal): void {
  using progress = terminalProgress(terminal)
  progress.line('seed 7f3a91')
  progress.phase('demo/right', 'baseline', '2.1 s')
  const point = 'db INSERT into invoices (order_id) values ($)#1 after'
  for (let done = 0; done <= 40; done += 1) progress.step(done, 40, `kill at ${point}`)
  progress.phase('demo/right', 'sweep', '9.0 s')
}

test('a log gets one line per phase and no control characters', () => {
  const { terminal, text } = fake(false)
  drive(terminal)
  expect(text()).toBe('seed 7f3a91\ndone demo/right  baseline  2.1 s\ndone demo/right  sweep     9.0 s\n')
})

test('the live line never fills the terminal and is gone at the end', () => {
  for (const columns of [60, 200]) {
    const { terminal, text } = fake(true, columns)
    drive(terminal)
    const drawn = text().split(/\r\u001b\[2K|\n/)
    for (const line of drawn) expect(stripVTControlCharacters(line).length).toBeLessThan(columns)
    expect(drawn.some((line) => line.startsWith('[##########..........] 20/40 kill at'))).toBe(true)
    expect(text().endsWith('done demo/right  sweep     9.0 s\n')).toBe(true)
  }
})

test('a line that comes between is above the live one', () => {
  const { terminal, text } = fake(true)
  using progress = terminalProgress(terminal)
  progress.step(1, 2, 'kill')
  progress.line('noted')
  expect(text().split('\r\u001b[2K').at(-1)).toBe('[##########..........] 1/2 kill')
  expect(text()).toContain('\r\u001b[2Knoted\n')
})

test('nothing is drawn twice', () => {
  const { terminal, text } = fake(true)
  using progress = terminalProgress(terminal)
  progress.step(1, 2, 'kill')
  const once = text()
  progress.step(1, 2, 'kill')
  expect(text()).toBe(once)
})
