/** Addresses of links that have no decoder. */
import { expect, test } from 'vitest'
import { tcpLink } from './plain-link.ts'

test.each([
  ['127.0.0.1:6379', { host: '127.0.0.1', port: 6379 }],
  ['cache.local:1', { host: 'cache.local', port: 1 }],
  ['[::1]:6379', { host: '::1', port: 6379 }],
])('%s leads there', (to, upstream) => {
  expect(tcpLink('cache', { to }).upstream).toEqual(upstream)
})

test.each(['cache', 'cache:', ':1', 'cache:99999', 7])('%s is no address', (to) => {
  expect(() => tcpLink('cache', { to })).toThrow(/dependencies\.cache\.to: expected 'host:port'/)
})
