/** The ledger is read after its writer was killed, so its last line may be torn anywhere. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeLedgerLine, parseLedger, type LedgerLine } from './ledger-lines.ts'

const lines: readonly LedgerLine[] = [
  { group: { pgid: 41, startTime: '99' } }, { folder: '/var/tmp/onceproof-a b' }, { gone: 41 },
]

test('what was written is read back', () => {
  expect(parseLedger(lines.map(encodeLedgerLine).join(''))).toEqual(lines)
})

test('a torn last line is no line, at every length', () => {
  const text = lines.map(encodeLedgerLine).join('')
  fc.assert(fc.property(fc.nat(text.length), (length) => {
    const read = parseLedger(text.slice(0, length))
    expect(read).toEqual(lines.slice(0, read.length))
    expect(read.length).toBe(text.slice(0, length).split('\n').length - 1)
  }))
})
