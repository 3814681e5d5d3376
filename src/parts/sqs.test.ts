/** Which SQS is found and how one would be installed, on machines that are made up. */
import { expect, test } from 'vitest'
import type { PartState } from '../model/part.ts'
import { findInterpreter, isForServers } from './python-interpreter.ts'
import { elasticmqPart } from './sqs-elasticmq.ts'
import { sqsPart } from './sqs.ts'
import { machine, type Facts } from './testing.ts'

const cache = '/home/me/.cache/onceproof'
const localstack = `${cache}/localstack-4.14.0`
const jars = `${cache}/elasticmq-1.7.1/libs`
const installed: Facts = {
  programs: [`${localstack}/python`, '/opt/python/bin/python3.13', '/usr/bin/java', '/usr/bin/mvn'],
  files: {
    [`${localstack}/onceproof-part.json`]: '{"name":"localstack","version":"4.14.0"}',
    [`${localstack}/python`]: '#!/bin/sh\nexec "/opt/python/bin/python3.13" "$@"\n',
    [`${cache}/elasticmq-1.7.1/onceproof-part.json`]: '{"name":"elasticmq","version":"1.7.1"}',
    [`${jars}/elasticmq-server_2.13-1.7.1.jar`]: '',
  },
}

function look(facts: Facts): Promise<PartState> {
  return sqsPart.inspect(machine(facts))
}

test('LocalStack is what there is unless something else is named', async () => {
  const own = { name: 'sqs', source: 'cache', version: 'localstack 4.14.0', path: `${localstack}/python` }
  expect(await look(installed)).toMatchObject(own)
  expect(await look({ ...installed, env: { ONCEPROOF_SQS: 'localstack' } })).toMatchObject(own)
  expect(await look({ ...installed, env: { ONCEPROOF_SQS: 'elasticmq' } })).toMatchObject({
    name: 'sqs', source: 'cache', version: 'elasticmq 1.7.1', path: jars,
  })
  expect(await look({ env: { ONCEPROOF_SQS: 'http://me:hidden@mq.test:9324' } })).toMatchObject({
    source: 'given', url: 'http://me:hidden@mq.test:9324', state: expect.not.stringContaining('hidden'),
  })
})

test('a virtual environment with LocalStack may be given, and one without it is said', async () => {
  const facts = { env: { ONCEPROOF_SQS: '/venv' }, programs: ['/venv/bin/python'] }
  expect(await look({ ...facts, prints: { 'localstack.version': '4.15.0\n' } })).toMatchObject({
    source: 'given', version: 'localstack 4.15.0', path: '/venv/bin/python',
  })
  expect(await look(facts)).toMatchObject({ source: 'missing', fix: expect.stringContaining('ONCEPROOF_SQS') })
  expect(await look({ env: { ONCEPROOF_SQS: '/none' } })).toMatchObject({ source: 'missing' })
})

test('an interpreter that is gone is said, and the part is installed anew', async () => {
  const programs = (installed.programs ?? []).filter((path) => !path.startsWith('/opt'))
  const facts = {
    ...installed, programs: [...programs, '/usr/bin/python3.12'],
    prints: { base_prefix: '/usr/bin/python3.12\n3.12\n/usr\n' },
  }
  const state = await look(facts)
  expect(state).toMatchObject({ source: 'missing', state: expect.stringContaining('/opt/python/bin/python3.13') })
  expect(sqsPart.plan(machine(facts), state)).toMatchObject({
    action: 'install', text: expect.stringMatching(/^sqs: pip install localstack-core\[base-runtime\]==4\.14\.0/),
  })
})

test('without Python 3.12 only something else can be given', async () => {
  const old = { programs: ['/usr/bin/python3'], prints: { base_prefix: '/usr/bin/python3.11\n3.11\n/usr\n' } }
  const state = await look(old)
  expect(sqsPart.plan(machine(old), state)).toMatchObject({
    action: 'impossible', text: expect.stringMatching(/no Python 3\.12 or later.*ONCEPROOF_SQS as an http:\/\/ URL/),
  })
  const other = { ...old, env: { ONCEPROOF_SQS: 'elasticmq' } }
  expect(sqsPart.plan(machine(other), await look(other)).action).toBe('none')
  expect(sqsPart.plan(machine(installed), await look(installed)).action).toBe('none')
})

test('ElasticMQ needs Java and Maven, may be given, and setup goes on without', async () => {
  const inspect = (facts: Facts): Promise<PartState> => elasticmqPart.inspect(machine(facts))
  expect(await inspect(installed)).toMatchObject({ source: 'cache', version: '1.7.1', path: jars })
  const withoutJava = { ...installed, programs: [] }
  expect(await inspect(withoutJava)).toMatchObject({ source: 'missing', fix: expect.stringContaining('Java') })
  expect(elasticmqPart.plan(machine({}), await inspect({})).action).toBe('none')
  const tools = { programs: ['/usr/bin/java', '/usr/bin/mvn'] }
  expect(elasticmqPart.plan(machine(tools), await inspect(tools)).action).toBe('install')
  const env = { ONCEPROOF_ELASTICMQ: '/jars' }
  expect(await inspect({ ...tools, env, files: { '/jars/elasticmq-server_2.13-1.6.0.jar': '' } })).toMatchObject({
    source: 'given', version: '1.6.0', path: '/jars',
  })
  expect(await inspect({ ...tools, env })).toMatchObject({ source: 'missing' })
})

test('an interpreter is the program itself, in the order of versions, PATH before pyenv', async () => {
  const facts: Facts = {
    programs: [
      '/usr/bin/pyenv', '/usr/bin/python3.12', '/usr/bin/python3', '/p/versions/3.13.0/bin/python3',
      '/p/versions/3.12.1/bin/python3',
    ],
    prints: {
      'pyenv root': '/p\n', '/usr/bin/python3.12 -c': '/usr/bin/python3.12\n3.12\n/usr\n',
      '/p/versions/3.13.0/bin/python3 -c': '/p/versions/3.13.0/bin/python3.13\n3.13\n/p/versions/3.13.0\n',
    },
  }
  expect(await findInterpreter(machine(facts), ['3.13', '3.12'])).toEqual({
    path: '/p/versions/3.13.0/bin/python3.13', version: '3.13', prefix: '/p/versions/3.13.0',
  })
  expect(await findInterpreter(machine(facts), ['3.12'])).toMatchObject({ path: '/usr/bin/python3.12' })
  expect(await findInterpreter(machine(facts), ['3.14'])).toBeUndefined()
})

test('where the harness is root, an interpreter must be one that nobody can start', async () => {
  const python = { path: '/closed/bin/python3.13', version: '3.13', prefix: '/closed' }
  expect(await isForServers(machine({}), python)).toBe(true)
  expect(await isForServers(machine({ isRoot: true }), python)).toBe(false)
  const open = { isRoot: true, prints: { '--reuid=nobody': '' } }
  expect(await isForServers(machine(open), python)).toBe(true)
})
