/** Which log lines count as a connection. */
import { expect, test } from 'vitest'
import { isAuthorized } from './postgres.ts'

test('only the line of a session let into this very database', () => {
  const line = '11757 t2 LOG:  connection authorized: user=onceproof database=t2 application_name=psql database=t3'
  expect(isAuthorized(line, 't2')).toBe(true)
  expect(isAuthorized(line, 't3')).toBe(false)
  expect(isAuthorized(line, 't')).toBe(false)
  expect(isAuthorized('11757 t2 LOG:  connection authorized: user=onceproof database=t2', 't2')).toBe(true)
  expect(isAuthorized('1 [unknown] LOG:  connection received: host=127.0.0.1 port=52948', 't2')).toBe(false)
  expect(isAuthorized('11757 t2 FATAL:  password authentication failed for user "onceproof"', 't2')).toBe(false)
})
