/**
 * Three spellings, one suite; and a sentence for everything that can be wrong with a file.
 *
 * Modules are loaded by a Node of their own, as a person's command would: the test runner has a loader of its own.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { UsageError } from '../lib/errors.ts'
import type { SuiteInput } from './schema.ts'
import { loadSuite } from './load.ts'
import { folderWith, smallest } from './testing.ts'

const run = promisify(execFile)

/** What a fresh Node makes of a suite file: the suite, or the message of the refusal. */
async function loadApart(path: string): Promise<unknown> {
  const load = new URL('load.ts', import.meta.url).href
  const program = `import { loadSuite } from ${JSON.stringify(load)}
    const result = await loadSuite(process.argv[1]).catch((error) => ({ code: error.code, message: error.message }))
    console.log(JSON.stringify(result))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program, path])
  const result: unknown = JSON.parse(stdout)
  return result
}

const twin: SuiteInput = {
  name: 'orders',
  sources: { orders: { kind: 'rabbitmq', queue: 'orders' } },
  dependencies: { db: { kind: 'postgres' }, psp: { kind: 'http', dedup: { header: 'Idempotency-Key', window: '5m' } } },
  setup: [{ run: 'node migrate.mjs' }],
  subject: {
    command: ['node', 'consumer.mjs'],
    env: {
      DATABASE_URL: '{{db.url}}', QUEUE: '{{orders.queue}}', PORT: '{{incarnation.port.http}}',
      N: 3, SINCE: '2026-01-01',
    },
    envFile: '.env.test', grace: '2s',
  },
  contract: { identity: { header: 'message-id' }, producerDuplicates: true, replayWithin: '14d' },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 }, vary: ['/orderId'], key: '/customer', amount: '/amount',
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' }, charge: { http: { to: 'psp', id: '/orderId' } },
    receipt: { queue: { queue: 'receipts', id: { header: 'x-order-id' } } },
  },
  expect: { invoice: 'at-least-once', deadLetter: ['orders.dead'] },
  horizon: '30s', profile: 'full', faults: ['kill'], versions: { postgres: 17 },
}

const module = `import { defineSuite, http, postgres, rabbitmq } from 'onceproof'
import type { SuiteInput } from 'onceproof'
const { kind: _, ...settings } = rabbitmq({ queue: 'orders' })
const suite: SuiteInput = {
  ...${JSON.stringify(twin)},
  sources: { orders: rabbitmq(settings) },
  dependencies: { db: postgres(), psp: http({ dedup: { header: 'Idempotency-Key', window: '5m' } }) },
}
export default defineSuite(suite)
`

test('TypeScript, YAML and JSON twins load to equal suites', async () => {
  await using folder = await folderWith({
    '.env.test': 'A=1', 'a.suite.json': JSON.stringify(twin), 'a.suite.yaml': stringify(twin), 'a.suite.ts': module,
    'commonjs/package.json': '{"type":"commonjs"}', 'commonjs/a.suite.ts': module, 'commonjs/.env.test': '',
  })
  const json = { ...await loadSuite(folder.at('a.suite.json')) }
  expect({ ...await loadSuite(folder.at('a.suite.yaml')), file: json.file }).toEqual(json)
  const plain: unknown = JSON.parse(JSON.stringify(json))
  expect(await loadApart(folder.at('a.suite.ts'))).toEqual({ ...Object(plain), file: folder.at('a.suite.ts') })
  expect(await loadApart(folder.at('commonjs/a.suite.ts'))).toMatchObject({ name: 'orders', profile: 'full' })
})

test('paths are absolute and defaults filled in', async () => {
  await using folder = await folderWith({
    'x/orders.suite.yml': stringify({ ...smallest, subject: { command: ['node', 'c.mjs'], cwd: '../app' } }),
    'app/c.mjs': '',
  })
  expect(await loadSuite(folder.at('x/orders.suite.yml'))).toMatchObject({
    name: 'orders',
    file: folder.at('x/orders.suite.yml'),
    sources: { orders: { kind: 'rabbitmq', settings: { queue: 'orders', durable: true, declare: true } } },
    subject: { cwd: folder.at('app'), graceMs: 10_000, backoffMs: 0, exclusive: false, env: {}, envFile: undefined,
      next: undefined, lockTtlMs: 0 },
    contract: { identity: { property: 'messageId' }, producerDuplicates: undefined },
    workload: { vary: ['/orderId'], samples: [{ orderId: 'o-1' }] },
    effects: {}, expect: {}, deadLetter: [], settlement: 'wire', profile: 'quick', faults: undefined,
  })
})

test('a source that is part of a database names it, and what a query settles too', async () => {
  const dependencies = { db: { kind: 'postgres' } }
  const settlement = { sql: 'select id from inbox' }
  const timed = { kind: 'postgresQueue', table: 'work.jobs', done: 'done', lease: '2s' }
  await using folder = await folderWith({
    'a.suite.json': JSON.stringify({
      ...smallest, subject: { command: ['node', 'c.mjs'] }, sources: { jobs: { kind: 'postgresQueue' } }, dependencies,
      settlement,
    }),
    'b.suite.json': JSON.stringify({
      ...smallest, subject: { command: ['node', 'c.mjs'] }, sources: { jobs: timed, more: { kind: 'postgresQueue' } },
      dependencies, settlement: { ...settlement, in: 'bd' },
      workload: { ...smallest.workload, lanes: ['jobs', 'more'] },
    }),
    'c.suite.json': JSON.stringify({
      ...smallest, subject: { command: ['node', 'c.mjs'] }, sources: { jobs: timed }, dependencies,
    }),
  })
  expect(await loadSuite(folder.at('a.suite.json'))).toMatchObject({
    sources: {
      jobs: {
        kind: 'postgresQueue', lodging: { dependency: 'db', leaseMs: undefined },
        settings: { table: 'jobs', id: 'id', payload: 'payload' },
      },
    },
    settlement: { dependency: 'db', query: 'select id from inbox' },
  })
  expect((await loadSuite(folder.at('c.suite.json'))).sources['jobs']).toMatchObject({
    lodging: { dependency: 'db', leaseMs: 2000 }, settings: { table: 'work.jobs', done: 'done' },
  })
  const refused = await loadSuite(folder.at('b.suite.json')).catch((error: unknown) => String(error))
  expect(refused).toContain("workload.lanes: 'jobs' has no link of its own, and can't take turns with others")
  expect(refused).toContain("sources.more: 'jobs' is part of db already; one source can be")
  expect(refused).toContain("settlement.in: there is no postgres dependency 'bd'")
})

test('the next version is the subject where it says nothing else', async () => {
  const subject = { command: ['node', 'a.mjs'], env: { A: 1, B: 'b' }, lockTtl: '2s' }
  await using folder = await folderWith({
    'a.suite.json': JSON.stringify({ ...smallest, subject: { ...subject, next: { env: { A: '{{orders.url}}' } } } }),
    'b.suite.json': JSON.stringify({ ...smallest, subject: { ...subject, next: { command: ['node', 'b.mjs'] } } }),
  })
  expect((await loadSuite(folder.at('a.suite.json'))).subject).toMatchObject({
    lockTtlMs: 2000, next: { command: ['node', 'a.mjs'], env: { A: '{{orders.url}}', B: 'b' } },
  })
  expect((await loadSuite(folder.at('b.suite.json'))).subject.next).toEqual({
    command: ['node', 'b.mjs'], env: { A: '1', B: 'b' },
  })
})

test('an effect is once, except where the receiver keeps no keys', async () => {
  const keyed = { kind: 'http', dedup: { header: 'k' } }
  await using folder = await folderWith({
    'a.suite.json': JSON.stringify({
      ...smallest,
      dependencies: { db: { kind: 'postgres' }, plain: { kind: 'http' }, keyed },
      effects: {
        row: { sql: 'select 1 as id' }, call: { http: { to: 'plain', id: '/id' } },
        charge: { http: { to: 'keyed', id: '/id' } },
        out: { queue: { queue: 'q', id: '/id' } },
      },
    }),
  })
  const suite = await loadSuite(folder.at('a.suite.json'))
  expect(suite.expect).toEqual({ row: 'once', call: 'at-least-once', charge: 'once', out: 'once' })
  expect(suite.effects['row']).toEqual({ kind: 'sql', dependency: 'db', query: 'select 1 as id' })
  expect(suite.effects['out']).toEqual({ kind: 'queue', source: 'orders', queue: 'q', id: { pointer: '/id' } })
})

test('topics are queues in the words of their brokers', async () => {
  const sources = { orders: { kind: 'kafka', partitions: 3, topics: { receipts: 2 }, deadLetter: 'orders.dlq' } }
  const env = { A: '{{orders.topic}} {{orders.topic.receipts}} {{orders.topic.orders.dlq}}' }
  await using folder = await folderWith({
    'a.suite.json': JSON.stringify({
      ...smallest, sources, subject: { ...smallest.subject, env }, expect: { deadLetter: ['orders.dlq'] },
      effects: { receipt: { topic: { topic: 'receipts', id: '/orderId' } } },
    }),
  })
  const suite = await loadSuite(folder.at('a.suite.json'))
  expect(suite.sources['orders']).toEqual({
    kind: 'kafka', settings: { topic: 'orders', partitions: 3, topics: { receipts: 2 }, deadLetter: 'orders.dlq' },
  })
  expect(suite.effects['receipt'])
    .toEqual({ kind: 'queue', source: 'orders', queue: 'receipts', id: { pointer: '/orderId' } })
})

test('samples come from a file, one per line or in a list', async () => {
  await using folder = await folderWith({
    'a.suite.json': JSON.stringify({ ...smallest, workload: { from: 'w/o.jsonl' } }),
    'b.suite.json': JSON.stringify({ ...smallest, workload: { from: 'w/o.json' } }),
    'c.suite.json': JSON.stringify({ ...smallest, workload: { from: 'w/o.jsonx' } }),
    'd.suite.json': JSON.stringify({ ...smallest, workload: { from: 'w/bad.jsonl' } }),
    'w/o.jsonl': '{"orderId":"a"}\n\n{"orderId":"b"}\n',
    'w/o.json': '[{"orderId":"a"},{"orderId":"b"}]', 'w/bad.jsonl': '{}\n{',
  })
  const samples = [{ orderId: 'a' }, { orderId: 'b' }]
  expect((await loadSuite(folder.at('a.suite.json'))).workload.samples).toEqual(samples)
  expect((await loadSuite(folder.at('b.suite.json'))).workload.samples).toEqual(samples)
  await expect(loadSuite(folder.at('c.suite.json'))).rejects.toThrow(
    `workload.from: there is no file ${folder.at('w/o.jsonx')}; did you mean ${folder.at('w/o.json')}`)
  await expect(loadSuite(folder.at('d.suite.json'))).rejects.toThrow(`${folder.at('w/bad.jsonl')}:2: no valid JSON`)
})

test('a file that is not there', async () => {
  await using folder = await folderWith({ 'orders.suite.yaml': '' })
  await expect(loadSuite(folder.at('order.suite.yaml'))).rejects.toThrow(new UsageError(
    `there is no file ${folder.at('order.suite.yaml')}; did you mean ${folder.at('orders.suite.yaml')}?`))
  await expect(loadSuite(folder.at('no/a.suite.ts'))).rejects.toThrow('its folder does not exist')
  await expect(loadSuite(folder.path)).rejects.toThrow('is a folder; name a file in it: orders.suite.yaml')
  await expect(loadSuite(import.meta.filename.replace('load.test.ts', 'none.txt'))).rejects.toThrow('there is no file')
})

/** An effect whose rows belong to keys. */
function shared(options: Readonly<Record<string, string>>): Record<string, unknown> {
  const sql = 'select customer as id, balance, state from accounts'
  return { dependencies: { db: { kind: 'postgres' } }, effects: { i: { sql, ...options } } }
}

test('a row that messages share names its column', async () => {
  await using folder = await folderWith({
    'a.suite.json': JSON.stringify({
      ...smallest, workload: { body: { o: 'x', k: 'y', a: 1 }, key: '/k', amount: '/a' },
      dependencies: { db: { kind: 'postgres' } },
      effects: { i: { sql: 'select * from t', sum: 'balance' }, j: { sql: 'select id, state from t', last: 'state' } },
    }),
  })
  const { effects } = await loadSuite(folder.at('a.suite.json'))
  expect(effects['i']).toMatchObject({ kind: 'sql', shared: { how: 'sum', column: 'balance' } })
  expect(effects['j']).toMatchObject({ kind: 'sql', shared: { how: 'last', column: 'state' } })
})

test('lanes are named only where messages go elsewhere than to the first source', async () => {
  const sources = { orders: { kind: 'rabbitmq' }, returns: { kind: 'rabbitmq' } }
  const workload = { body: { orderId: 'o-1' } }
  await using folder = await folderWith({
    'a.suite.json': JSON.stringify({ ...smallest, sources, workload }),
    'b.suite.json': JSON.stringify({ ...smallest, sources, workload: { ...workload, lanes: ['orders'] } }),
    'c.suite.json': JSON.stringify({ ...smallest, sources, workload: { ...workload, lanes: ['returns', 'orders'] } }),
  })
  expect((await loadSuite(folder.at('a.suite.json'))).workload.lanes).toBeUndefined()
  expect((await loadSuite(folder.at('b.suite.json'))).workload.lanes).toBeUndefined()
  expect((await loadSuite(folder.at('c.suite.json'))).workload.lanes).toEqual(['returns', 'orders'])
})

const broken: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['a link twice', { dependencies: { orders: { kind: 'postgres' } } },
    'dependencies.orders: there is a source of this name; links need names of their own'],
  ['a name of the templates', { dependencies: { cell: { kind: 'postgres' } } },
    "dependencies.cell: 'cell' is a name of the templates' own; choose another"],
  ['no source', { sources: {} }, "sources: at least one is needed; write sources: { orders: { kind: 'rabbitmq' } }"],
  ['no sample', { workload: {} },
    "workload: no sample; write body: { orderId: 'o-1' }, samples: [...] or from: 'orders.jsonl'"],
  ['a pointer to nothing', { workload: { body: { orderId: 'x' }, vary: ['/orderID'] } },
    "workload.vary[0]: no sample has a value at '/orderID'; did you mean '/orderId'?"],
  ['a pointer to a flag', { workload: { body: { ok: true }, vary: ['/ok'] } },
    "workload.vary[0]: the value at '/ok' is neither text nor a number, so it can't vary"],
  ['a key that varies', { workload: { body: { k: 'x' }, vary: ['/k'], key: '/k' } },
    "workload.key: '/k' is in workload.vary too; leave it out there"],
  ['a lane that is no source', { workload: { body: { orderId: 'o-1' }, lanes: ['orders', 'order'] } },
    "workload.lanes[1]: there is no source 'order'; did you mean 'orders'?"],
  ['a lane twice', { workload: { body: { orderId: 'o-1' }, lanes: ['orders', 'orders'] } },
    "workload.lanes[1]: 'orders' is there already; write each lane once"],
  ['no database', { effects: { i: { sql: 'select 1' } } }, 'effects.i.in: the suite has no postgres dependency'],
  ['an unknown receiver',
    { dependencies: { psp: { kind: 'http' } }, effects: { i: { http: { to: 'pps', id: '/a' } } } },
    "effects.i.http.to: there is no http dependency 'pps'; did you mean 'psp'?"],
  ['a sum without an amount', { ...shared({ sum: 'balance' }), workload: { body: { o: 'x', k: 'y' }, key: '/k' } },
    'effects.i.sum: a sum needs what each message adds; write workload.amount, as in amount: \'/amount\''],
  ['a last writer without a key', { ...shared({ last: 'state' }), workload: { body: { o: 'x' } } },
    'effects.i.last: a row per key needs to know the key; write workload.key, as in key: \'/customer\''],
  ['a column that is not asked for', { ...shared({ last: 'status' }), workload: { body: { k: 'y' }, key: '/k' } },
    'effects.i.last: the query has no column \'status\'; select it, as in select customer as id, status'],
  ['several keys in one message', {
    ...shared({ last: 'state' }), workload: { body: { lines: [{ k: 'x' }, { k: 'y' }] }, key: '/lines/*/k' },
  }, 'effects.i.last: every sample needs exactly one value at \'/lines/*/k\''],
  ['a sum and a last writer', {
    ...shared({ sum: 'balance', last: 'state' }), workload: { body: { k: 'y', a: 1 }, key: '/k', amount: '/a' },
  }, 'effects.i: sum and last at once; make two effects of them'],
  ['a topic that is not declared', {
    sources: { orders: { kind: 'kafka', topics: { receipts: 1 } } },
    effects: { i: { topic: { topic: 'recepts', id: '/orderId' } } },
  }, "effects.i.topic.topic: orders declares no 'recepts'; did you mean 'receipts'?"],
  ['a dead-letter queue that is not declared',
    { sources: { orders: { kind: 'sqs', queues: ['out'] } }, expect: { deadLetter: ['dead'] } },
    "expect.deadLetter[0]: orders declares no 'dead'; known: orders, out"],
  ['an unknown effect', { expect: { invoce: 'once' } },
    "expect.invoce: there is no effect 'invoce'; known: deadLetter, reject, order"],
  ['an unknown fault', { faults: ['kil'] }, "faults[0]: there is no fault 'kil'; did you mean 'kill'?"],
  ['an unknown template', { subject: { command: ['a'], env: { U: '{{order.url}}' } } },
    'subject.env.U: unknown template {{order.url}}; did you mean {{orders.url}}?'],
  ['a template of a queue that is not declared', {
    sources: { orders: { kind: 'sqs', queues: ['out'] } },
    subject: { command: ['a'], env: { U: '{{orders.queueUri.out}}' } },
  }, 'subject.env.U: unknown template {{orders.queueUri.out}}; did you mean {{orders.queueUrl.out}}?'],
  ['a template in the command', { subject: { command: ['a', '{{orders.url}}'] } },
    'subject.command[1]: templates are for subject.env; put {{orders.url}} into a variable there'],
  ['a template in the next command', { subject: { command: ['a'], next: { command: ['a', '{{orders.url}}'] } } },
    'subject.next.command[1]: templates are for subject.next.env; put {{orders.url}} into a variable there'],
  ['an unknown template of the next version', { subject: { command: ['a'], next: { env: { U: '{{order.url}}' } } } },
    'subject.next.env.U: unknown template {{order.url}}; did you mean {{orders.url}}?'],
  ['a next version like this one', { subject: { command: ['a'], next: {} } },
    "subject.next: it differs in nothing; write next: { command: [...] } or next: { env: { VERSION: '2' } }"],
  ['no folder', { subject: { command: ['a'], cwd: '/nowhere/at/all' } },
    'subject.cwd: there is no folder /nowhere/at/all'],
]

test.each(broken)('%s', async (_, part, sentence) => {
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify({ ...smallest, ...part }) })
  const file = folder.at('a.suite.json')
  await expect(loadSuite(file)).rejects.toThrow(new UsageError(`${file}: ${sentence}`))
})

test('an env file that is not there', async () => {
  const suite = { ...smallest, subject: { ...smallest.subject, envFile: '.env.tets' } }
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify(suite), '.env.test': '' })
  const names = `there is no file ${folder.at('.env.tets')}; did you mean ${folder.at('.env.test')}?`
  await expect(loadSuite(folder.at('a.suite.json'))).rejects.toThrow(
    new UsageError(`${folder.at('a.suite.json')}: subject.envFile: ${names}`))
})

test.each([
  ['a.yaml', 'name: x\nsources: [', ':2: no valid YAML: '], ['a.json', '{"name":', ': no valid JSON: '],
])('%s with a syntax error', async (name, text, sentence) => {
  await using folder = await folderWith({ [name]: text })
  await expect(loadSuite(folder.at(name))).rejects.toThrow(`${folder.at(name)}${sentence}`)
})

const modules: readonly (readonly [string, string, string])[] = [
  ['a.ts', 'export default {\n  a: ]\n}', ':2: syntax error: Expression expected'],
  ['b.ts', 'enum A { x }\nexport default A',
    ':1: TypeScript enum is not supported in strip-only mode; only types that can be erased are'],
  ['c.mjs', 'export const a = 1', ': there is no default export; end it with: export default defineSuite({ ... })'],
  ['d.mjs', 'export default {}\nnope()', ':2: it threw while being loaded: nope is not defined'],
  ['e.ts', "import { x } from 'nonesuch'\nexport default x", ": cannot find package 'nonesuch', which it imports"],
  ['f.ts', "import { pigeon } from 'onceproof'\nexport default pigeon", ":1: onceproof exports no 'pigeon'"],
  ['g.mjs', "export default { effects: { a: { http: { id: () => 'x' } } } }",
    ': effects.a.http.id: a function is not supported: identities are picked by a JSON pointer'
      + " ('/orderId') or by { header: 'x-order-id' }"],
  ['h.mjs', 'export default { setup: [new Date(0)] }',
    ': setup[0]: an instance of Date is not supported; a suite is plain data'],
  ['i.js', 'export default { ) }', ": syntax error: Unexpected token ')'"],
]

test.each(modules)('%s refused in one sentence', async (name, text, sentence) => {
  await using folder = await folderWith({ [name]: text, 'package.json': '{"type":"commonjs"}' })
  expect(await loadApart(folder.at(name))).toEqual({ code: 'USAGE', message: `${folder.at(name)}${sentence}` })
})
