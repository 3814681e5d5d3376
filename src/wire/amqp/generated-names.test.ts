/** Names that must be equal in every incarnation, and those that must stay apart. */
import { expect, test } from 'vitest'
import { stableName, stableRoutingKey } from './generated-names.ts'

test.each([
  ['amq.gen-ZohyO3nUnkAmpySjNISG0g', '*'],
  ['ctag1.80c2dbe5c74e41fa9f9dce518d0295e4', 'ctag1.*'],
  ['reply-0fd563ac-c7ab-4ec8-8ee5-3e869fece67f', 'reply-*'],
  ['orders', 'orders'],
  ['orders-2024', 'orders-2024'],
])('%s is %s', (name, stable) => {
  expect(stableName(name)).toBe(stable)
})

test.each([
  ['order.10042.paid', 'order.*.paid'], ['order.v2.paid', 'order.v2.paid'], ['amq.gen-AGKow3xpvmItxIetdiIyUw', '*'],
])('the routing key %s is %s', (key, stable) => {
  expect(stableRoutingKey(key)).toBe(stable)
})
