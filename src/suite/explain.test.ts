/** Origins, notes, and nothing secret. */
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { explainSuite } from './explain.ts'
import { openSuite } from './load.ts'
import { folderWith, smallest } from './testing.ts'

const charging = {
  ...smallest,
  dependencies: { psp: { kind: 'http' }, mailer: { kind: 'http' } },
  subject: { command: ['sh', '-c', 'true'], env: { A: '1' }, envFile: '.env' },
  effects: { charge: { http: { to: 'psp', id: '/orderId' } }, mail: { http: { to: 'mailer', id: '/orderId' } } },
  expect: { charge: 'once' },
}

test('every value comes with its origin', async () => {
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify(charging), '.env': 'SECRET=hunter2' })
  const explained = await explainSuite(await openSuite(folder.at('a.suite.json')), { PATH: '/bin' })
  const byPath = new Map(explained.map((value) => [value.path, value]))
  expect(byPath.size).toBe(explained.length)
  expect(byPath.get('subject.command')).toEqual({
    path: 'subject.command', value: ['sh', '-c', 'true'], origin: 'suite',
  })
  expect(byPath.get('subject.grace')).toEqual({ path: 'subject.grace', value: '10s', origin: 'default' })
  expect(byPath.get('sources.orders.queue')).toEqual({
    path: 'sources.orders.queue', value: 'orders', origin: 'default',
  })
  expect(byPath.get('subject.interpreter')).toMatchObject({ value: '/bin/sh (version unknown)', origin: 'environment' })
  expect(byPath.get('workload.vary')).toEqual(
    { path: 'workload.vary', value: ['/orderId'], origin: 'default', note: 'fields whose names look like ids' })
  expect(byPath.get('subject.envFile.SECRET')).toMatchObject({ value: '(not shown)', origin: 'environment' })
  expect(JSON.stringify(explained)).not.toContain('hunter2')
})

test('a source shows its kind\'s defaults, an effect the words that it was written in', async () => {
  const suite = {
    ...smallest, sources: { orders: { kind: 'sqs', queue: 'in', queues: ['out'] }, events: { kind: 'kafka' } },
    effects: {
      done: { queue: { source: 'orders', queue: 'out', id: '/orderId' } },
      told: { topic: { source: 'events', topic: 'events', id: '/orderId' } },
    },
  }
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify(suite) })
  const explained = await explainSuite(await openSuite(folder.at('a.suite.json')), process.env)
  const shown = explained.filter(({ path }) => /^(?:sources|effects)\./.test(path))
    .map(({ path, value, origin }) => `${path} ${JSON.stringify(value)} ${origin}`)
  expect(shown).toEqual([
    'sources.orders.kind "sqs" suite', 'sources.orders.queue "in" suite', 'sources.orders.fifo true default',
    'sources.orders.visibility "30s" default', 'sources.orders.contentBasedDedup false default',
    'sources.orders.queues ["out"] suite', 'sources.events.kind "kafka" suite',
    'sources.events.topic "events" default', 'sources.events.partitions 1 default', 'sources.events.topics {} default',
    'effects.done.queue.source "orders" suite', 'effects.done.queue.queue "out" suite',
    'effects.done.queue.id "/orderId" suite', 'effects.told.topic.source "events" suite',
    'effects.told.topic.topic "events" suite', 'effects.told.topic.id "/orderId" suite',
  ])
})

test('the next version explains like the subject', async () => {
  const suite = { ...charging, subject: { ...charging.subject, next: { env: { B: '2' } }, lockTtl: '2s' } }
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify(suite), '.env': '' })
  const explained = await explainSuite(await openSuite(folder.at('a.suite.json')), { PATH: '/bin' })
  expect(explained.filter(({ path }) => /next|lockTtl/.test(path))).toEqual([
    { path: 'subject.next.command', value: ['sh', '-c', 'true'], origin: 'default' },
    { path: 'subject.next.env.A', value: '1', origin: 'default' },
    { path: 'subject.next.env.B', value: '2', origin: 'suite' },
    { path: 'subject.lockTtl', value: '2s', origin: 'suite' },
    { path: 'subject.next.interpreter', value: '/bin/sh (version unknown)', origin: 'environment' },
  ])
})

const unsatisfiable = 'unsatisfiable when a reply is lost: the receiver keeps no keys,'
  + ' so nobody can do better than at-least-once'

test('once without keys is announced as unsatisfiable, its default explained', async () => {
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify(charging), '.env': '' })
  const explained = await explainSuite(await openSuite(folder.at('a.suite.json')), { PATH: '/bin' })
  expect(explained.filter((value) => value.path.startsWith('expect.')).slice(0, 2)).toEqual([
    { path: 'expect.charge', value: 'once', origin: 'suite', note: unsatisfiable },
    { path: 'expect.mail', value: 'at-least-once', origin: 'default', note: 'the receiver keeps no keys' },
  ])
})

test('twins explain alike', async () => {
  await using folder = await folderWith({
    'a.suite.json': JSON.stringify(charging), 'a.suite.yaml': stringify(charging), '.env': 'X=1',
  })
  const [one, two] = await Promise.all(['a.suite.json', 'a.suite.yaml'].map(async (name) =>
    await explainSuite(await openSuite(folder.at(name)), { PATH: '/bin' })))
  expect(one).toEqual(two)
})
