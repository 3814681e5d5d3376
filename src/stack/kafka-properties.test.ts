/** What a broker is told, by what it is to be. */
import { expect, test } from 'vitest'
import { brokerProperties } from './kafka-properties.ts'

const at = (port: number): { host: string; port: number } => ({ host: '127.0.0.1', port })

function properties(version: string): Map<string, string> {
  const text = brokerProperties({
    version, dataFolder: '/d', controller: at(3),
    listeners: [
      { name: 'IN', bind: at(1), advertised: at(1) }, { name: 'SLOT1', bind: at(2), advertised: at(40_001) },
    ],
  })
  return new Map(text.trim().split('\n').map((line): [string, string] => {
    const end = line.indexOf('=')
    return [line.slice(0, end), line.slice(end + 1)]
  }))
}

test('a listener binds one address and advertises another, and the controller advertises none', () => {
  const told = properties('4.3.1')
  expect(told.get('listeners')).toBe('IN://127.0.0.1:1,SLOT1://127.0.0.1:2,CONTROLLER://127.0.0.1:3')
  expect(told.get('advertised.listeners')).toBe('IN://127.0.0.1:1,SLOT1://127.0.0.1:40001')
  expect(told.get('listener.security.protocol.map')).toBe('IN:PLAINTEXT,SLOT1:PLAINTEXT,CONTROLLER:PLAINTEXT')
  expect(told.get('inter.broker.listener.name')).toBe('IN')
})

test('sessions are as the clients ask or as Kafka has them', () => {
  const told = properties('4.3.1')
  expect(told.has('group.consumer.session.timeout.ms')).toBe(false)
  expect(told.has('group.max.session.timeout.ms')).toBe(false)
  expect(told.get('group.min.session.timeout.ms')).toBe('500')
})

test('what only newer brokers know is told to these alone', () => {
  const has = (version: string): boolean => properties(version).has('group.consumer.assignment.interval.ms')
  expect(['3.9.2', '4.2.1', '4.3.0', '4.4.0', '5.0.0'].map(has)).toEqual([false, false, true, true, true])
})
