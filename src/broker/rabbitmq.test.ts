/** Settings, which log lines count, and what counts as backlog; without a server. */
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import { parseRabbitmqSettings } from './rabbitmq-settings.ts'
import { backlogOf, isGranted } from './rabbitmq.ts'

test('defaults: the queue is called like the source, durable, declared by the harness', () => {
  expect(parseRabbitmqSettings('orders', {})).toEqual({
    queue: 'orders', durable: true, declare: true, deadLetter: undefined, arguments: {},
  })
})

test('a dead-letter queue is reached by the default exchange, unless the arguments say otherwise', () => {
  expect(parseRabbitmqSettings('o', { deadLetter: 'dead' }).arguments)
    .toEqual({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' })
  expect(parseRabbitmqSettings('o', { deadLetter: 'dead', arguments: { 'x-dead-letter-exchange': 'dlx' } }).arguments)
    .toEqual({ 'x-dead-letter-exchange': 'dlx', 'x-dead-letter-routing-key': 'dead' })
})

test('a setting that does not exist is said by name', () => {
  expect(() => parseRabbitmqSettings('orders', { que: 'x' })).toThrow(UsageError)
  expect(() => parseRabbitmqSettings('orders', { que: 'x' })).toThrow(/"orders".*"que"/s)
})

test('only connections that were let into this very vhost count', () => {
  const line = '2026-11-21 11:40:07.990734+00:00 [info] <0.2200.0> connection <0.2200.0> '
    + "(127.0.0.1:42626 -> 127.0.0.1:47672 - onceproof c1): user 'u' authenticated and granted access to vhost 'c1'"
  expect(isGranted(line, 'c1')).toBe(true)
  expect(isGranted(line, 'c')).toBe(false)
  expect(isGranted("[info] <0.1.0> closing AMQP connection <0.1.0> (a -> b, vhost: 'c1', user: 'u')", 'c1')).toBe(false)
})

test('the backlog counts the source\'s queue and queues that give back after a time', () => {
  const totals = { arguments: {}, messages_ready: 1, messages_unacknowledged: 2 }
  const delay = { 'x-message-ttl': 1000, 'x-dead-letter-exchange': '' }
  const queues = [
    { ...totals, name: 'orders' },
    { ...totals, name: 'done' },
    { ...totals, name: 'dead', arguments: { 'x-message-ttl': 1000 } },
    { ...totals, name: 'retry', arguments: delay, messages_ready: 10 },
  ]
  expect(backlogOf(queues, 'orders')).toEqual({ ready: 11, unsettled: 4 })
  expect(backlogOf([], 'orders')).toEqual({ ready: 0, unsettled: 0 })
  expect(() => backlogOf([{ name: 'orders', arguments: {} }], 'orders')).toThrow(/does not tell/)
})
