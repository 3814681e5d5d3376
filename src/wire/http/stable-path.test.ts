/** Targets that must be equal for every message, and those that must not. */
import { expect, test } from 'vitest'
import { stablePath } from './stable-path.ts'

test.each([
  ['/orders/10482/lines/7', '/orders/*/lines/*'],
  ['/v1/charges', '/v1/charges'],
  ['/orders/o-1042/paid', '/orders/*/paid'],
  ['/a/0b6f2f9e-6d0c-4a55-9d5c-0a4d8f6b7f11', '/a/*'],
  ['/blobs/deadbeef', '/blobs/deadbeef'],
  ['/blobs/deadbee1', '/blobs/*'],
  ['/find?q=o-17&page=2&q=3', '/find?page&q'],
  ['/find?', '/find'],
  ['http://psp.test:8080/charges/1?x=1', '/charges/*?x'],
  ['*', '*'],
])('%s is %s', (target, stable) => {
  expect(stablePath(target)).toBe(stable)
})
