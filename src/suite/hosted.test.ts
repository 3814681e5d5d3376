/** Hosted handlers: one file that stands for several suites, and what is refused. */
import { expect, test } from 'vitest'
import { shippedKinds } from '../kinds.ts'
import { spreadClients } from './hosted.ts'
import { loadSuite, loadSuites, openSuite } from './load.ts'
import { folderWith } from './testing.ts'

const hosted = {
  name: 'orders', sources: { orders: { kind: 'any' } },
  subject: { handler: 'handler.mjs', client: ['kafkajs', 'sqs', 'amqplib', 'platformatic'] },
  workload: { body: { orderId: 'o-1' } },
}

test('a list of clients stands for a suite each, on the broker that the client consumes', async () => {
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify(hosted) })
  const suites = await loadSuites(folder.at('a.suite.json'))
  expect(suites.map(({ name, sources }) => [name, sources['orders']?.kind])).toEqual([
    ['orders on kafka (kafkajs)', 'kafka'], ['orders on sqs', 'sqs'], ['orders on rabbitmq', 'rabbitmq'],
    ['orders on kafka (platformatic)', 'kafka'],
  ])
  const [kafka] = suites
  expect(kafka?.subject.command.slice(2)).toEqual([folder.at('handler.mjs'), 'kafkajs'])
  expect(JSON.parse(kafka?.subject.env['ONCEPROOF_HANDLER_SOURCE'] ?? '{}'))
    .toMatchObject({ address: '{{orders.address}}', topic: '{{orders.topic}}', group: '{{orders.group}}' })
})

test('one of several is found by its name, and without it nobody guesses', async () => {
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify(hosted) })
  const file = folder.at('a.suite.json')
  await expect(loadSuite(file, 'orders on sqs')).resolves.toMatchObject({ sources: { orders: { kind: 'sqs' } } })
  await expect(loadSuite(file)).rejects.toThrow("stands for 'orders on kafka (kafkajs)', 'orders on sqs'")
})

test.each([
  [{ handler: 'h.mjs', client: 'kafkjs' }, "subject.client: there is no client 'kafkjs'; "],
  [{ handler: 'h.mjs' }, 'subject.client: a handler needs one'],
  [{ command: ['node', 'a.mjs'], client: 'sqs' }, 'subject.client: it goes with subject.handler only'],
  [{ command: ['node', 'a.mjs'], handler: 'h.mjs', client: 'sqs' }, 'subject: only one of command and handler'],
  [{}, 'subject: what is to run?'],
])('refused: %j', async (subject, sentence) => {
  const sources = { orders: { kind: 'rabbitmq' } }
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify({ ...hosted, sources, subject }) })
  await expect(openSuite(folder.at('a.suite.json'))).rejects.toThrow(sentence)
})

test('a client that the suite has no source for', async () => {
  const sources = { orders: { kind: 'rabbitmq' } }
  const subject = { handler: 'h.mjs', client: 'kafkajs' }
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify({ ...hosted, sources, subject }) })
  await expect(openSuite(folder.at('a.suite.json'))).rejects
    .toThrow('subject.client: kafkajs consumes kafka, and the suite has no such source')
})

test('content that is no suite is left to those who refuse it', () => {
  expect(spreadClients('text', shippedKinds, 'a', 'a')).toEqual(['text'])
  expect(spreadClients({ subject: [] }, shippedKinds, 'a', 'a')).toEqual([{ subject: [] }])
})
