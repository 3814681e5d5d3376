/** The table of rules: what the service does is kept by it, and what emulators were seen to do instead is not. */
import { expect, test } from 'vitest'
import { sqsRules } from './sqs-rules.ts'

/** By rule: what the service does, and what else was measured. */
const seen: Readonly<Record<string, { readonly kept: string; readonly broken: readonly string[] }>> = {
  'dedup': { kept: 'same id, a', broken: ['other id, a b', 'other id, a', 'same id, a b'] },
  'dedup-after-delete': { kept: 'nothing', broken: ['b'] },
  'dedup-scope': { kept: 'a b', broken: ['a nothing'] },
  'several-of-group': { kept: 'a b c', broken: ['a', 'a c b'] },
  'group-blocked': { kept: 'a, nothing', broken: ['a, b'] },
  'order-after-return': { kept: 'a:2 b:1', broken: ['b:1', 'b:1 a:2', 'a:1 b:1'] },
  'expiry-of-other-group': { kept: 'b', broken: ['nothing'] },
  'return-wakes': { kept: 'a', broken: ['nothing'] },
  'stale-handle-visibility': { kept: 'InvalidParameterValue, nothing', broken: ['done, a'] },
  'stale-handle-delete': { kept: 'done, a', broken: ['done, nothing'] },
  'expired-delete': { kept: 'InvalidParameterValue, a', broken: ['done, nothing', 'done, a'] },
  'delete-twice': { kept: 'done, done', broken: ['done, ReceiptHandleIsInvalid'] },
  'receive-attempt-id': { kept: 'a:1', broken: ['nothing', 'a:2'] },
  'dead-letter': { kept: 'nothing, a', broken: ['a, nothing', 'nothing, nothing'] },
}

test('each rule knows what keeps it', () => {
  expect(sqsRules.map(({ name }) => name)).toEqual(Object.keys(seen))
  for (const { name, kept } of sqsRules) {
    expect(seen[name]?.kept, name).toMatch(kept)
    for (const other of seen[name]?.broken ?? []) expect(other, name).not.toMatch(kept)
  }
})
