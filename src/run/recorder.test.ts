/** What a sentence may say of a subject's output: it ends up in reports, which are masked no further. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLedger } from '../lib/ledger.ts'
import { openJournal } from '../store/journal.ts'
import { createMask, type MaskMode } from '../store/mask.ts'
import { runSetupCommand } from '../subject/setup-command.ts'
import { Recorder } from './recorder.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function lastOutput(mode: MaskMode, texts: readonly string[]): string {
  using journal = openJournal(join(folder, `${mode}.ndjson`), createMask(mode))
  const recorder = new Recorder(journal)
  for (const text of texts) {
    recorder.record('a', undefined, { type: 'output', incarnation: 'a.i1', stream: 'stderr', text })
  }
  recorder.record('a', undefined, { type: 'output', incarnation: 'a.i2', stream: 'stderr', text: 'another' })
  return recorder.lastOutput('a.i1')
}

test('the last output is quoted in one line', () => {
  expect(lastOutput('full', ['1\n', '2\n', '3\n', '4\n', '5\nwrong password hunter2\n', '6\n'])).toBe(
    '2 | 3 | 4 | 5 | wrong password hunter2 | 6')
  expect(lastOutput('masked', [])).toBe('nothing')
})

test.each(['masked', 'digest'] as const)('the last output is no more readable than a %s journal', (mode) => {
  const quoted = lastOutput(mode, ['wrong password hunter2\n'])
  expect(quoted).toMatch(/^#[0-9a-f]{12} \((?:masked|digest)\)$/)
  expect(readFileSync(join(folder, `${mode}.ndjson`), 'utf8')).not.toContain('hunter2')
})

test('so is that of a setup command', async () => {
  await using ledger = await openLedger(folder)
  const mask = createMask('masked')
  const quote = (output: string): string => mask.quote(output)
  const setup = { suite: 's', run: 'echo hunter2; exit 3', cwd: folder, env: { PATH: '/bin:/usr/bin' }, quote }
  await expect(runSetupCommand(ledger, setup)).rejects.toThrow(
    /^s: setup command "echo hunter2; exit 3" ended with 3: #[0-9a-f]{12} \(masked\)$/)
})
