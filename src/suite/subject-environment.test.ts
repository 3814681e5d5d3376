/** Later variables win; ports are asked for once per name; setup gets what can be known by then. */
import { expect, test } from 'vitest'
import { loadSuite } from './load.ts'
import { prepareSubject, renderEnvironment, renderSetupEnvironment } from './subject-environment.ts'
import { folderWith, smallest } from './testing.ts'

const suite = {
  ...smallest,
  dependencies: { db: { kind: 'postgres' } },
  subject: {
    command: ['sh', 'run.sh'], envFile: '.env',
    env: {
      C: 'suite', DB: '{{db.url}}', Q: '{{orders.queue}}',
      P: '{{incarnation.port.http}}', P2: ':{{incarnation.port.http}}',
    },
  },
}

test('the caller, then the file, then the suite', async () => {
  await using folder = await folderWith({ 'a.suite.json': JSON.stringify(suite), '.env': 'B=file\nC=file\n' })
  const loaded = await loadSuite(folder.at('a.suite.json'))
  const subject = await prepareSubject(loaded, { PATH: '/bin', A: 'caller', B: 'caller', C: 'caller', npm_x: '1' })
  expect(subject.command).toEqual(['/bin/sh', 'run.sh'])
  let port = 8000
  const values = { 'db.url': 'postgresql://x', 'orders.queue': 'orders' }
  const env = await renderEnvironment(loaded, subject, {
    values, port: () => Promise.resolve((port += 1)), tmp: '/d/tmp',
  })
  expect(env).toEqual({
    TMPDIR: '/d/tmp', TMP: '/d/tmp', TEMP: '/d/tmp',
    PATH: '/bin', A: 'caller', B: 'file', C: 'suite', DB: 'postgresql://x', Q: 'orders', P: '8001', P2: ':8001',
  })
  expect(renderSetupEnvironment(loaded, subject, { 'db.url': 'postgresql://y' })).toEqual({
    PATH: '/bin', A: 'caller', B: 'file', C: 'suite', DB: 'postgresql://y',
  })
})

test('the next version has its own command and variables, and the rest of the subject', async () => {
  const next = { command: ['cat'], env: { V: '2', P: '{{incarnation.port.admin}}' } }
  await using folder = await folderWith({
    'a.suite.json': JSON.stringify({ ...smallest, subject: { command: ['sh'], env: { A: 'a', V: '1' }, next } }),
    'b.suite.json': JSON.stringify({ ...smallest, subject: { command: ['sh'], next: { command: ['no-such'] } } }),
  })
  const loaded = await loadSuite(folder.at('a.suite.json'))
  const subject = await prepareSubject(loaded, { PATH: '/bin' })
  expect([subject.command, subject.next?.command]).toEqual([['/bin/sh'], ['/bin/cat']])
  const from = { values: {}, port: () => Promise.resolve(8001), tmp: '/d' }
  expect(await renderEnvironment(loaded, subject, from)).toMatchObject({ PATH: '/bin', A: 'a', V: '1' })
  expect(await renderEnvironment(loaded, subject, { ...from, version: 'next' })).toMatchObject({
    PATH: '/bin', A: 'a', V: '2', P: '8001',
  })
  await expect(prepareSubject(await loadSuite(folder.at('b.suite.json')), { PATH: '/bin' })).rejects.toThrow(
    "subject.next.command: 'no-such' was not found on the caller's PATH; searched /bin")
})

test('the temporary folder is the disk\'s, not the caller\'s, unless the suite or its file names one', async () => {
  const named = { ...smallest, subject: { command: ['sh'], env: { TMP: '/mine' } } }
  const inFile = { ...smallest, subject: { command: ['sh'], envFile: '.env' } }
  await using folder = await folderWith({
    'a.suite.json': JSON.stringify({ ...smallest, subject: { command: ['sh'] } }),
    'b.suite.json': JSON.stringify(named), 'c.suite.json': JSON.stringify(inFile), '.env': 'TEMP=/theirs\n',
  })
  const render = async (name: string): Promise<Record<string, string>> => {
    const loaded = await loadSuite(folder.at(name))
    const subject = await prepareSubject(loaded, { PATH: '/bin', TMPDIR: '/caller' })
    return renderEnvironment(loaded, subject, { values: {}, port: () => Promise.resolve(1), tmp: '/d/tmp' })
  }
  expect(await render('a.suite.json')).toEqual({ PATH: '/bin', TMPDIR: '/d/tmp', TMP: '/d/tmp', TEMP: '/d/tmp' })
  expect(await render('b.suite.json')).toEqual({ PATH: '/bin', TMPDIR: '/caller', TMP: '/mine' })
  expect(await render('c.suite.json')).toEqual({ PATH: '/bin', TMPDIR: '/caller', TEMP: '/theirs' })
})
