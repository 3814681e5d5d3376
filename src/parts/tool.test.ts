/** One sentence out of a tool's pages, and the readers of what tools print. */
import { expect, test } from 'vitest'
import { EnvironmentError } from '../lib/errors.ts'
import { parseUris } from './apt.ts'
import { applicationsOf, neededPlugins } from './erlang-app.ts'
import { thisMachine } from './machine.ts'
import { lastErrorLine, runOrExplain } from './tool.ts'

test('the last line that says what is wrong, not the last line', () => {
  const pages = [
    'npm error code ENOTFOUND', 'npm error network request failed',
    'npm error A complete log of this run can be found in: /x',
  ]
  expect(lastErrorLine(pages.join('\n'))).toBe('npm error network request failed')
  expect(lastErrorLine('E: Unable to locate package x\nReading state\n')).toBe('E: Unable to locate package x')
  expect(lastErrorLine('one\ntwo\n')).toBe('two')
  expect(lastErrorLine('')).toBe('it printed nothing')
})

test('a tool that fails is one sentence with what to try', async () => {
  const run = (command: readonly string[]): Promise<string> => runOrExplain(thisMachine(), {
    name: 'the tool', command, advice: 'another',
  })
  expect(await run(['sh', '-c', 'echo done'])).toBe('done\n')
  await expect(run(['sh', '-c', 'echo fatal: no way >&2; exit 3']))
    .rejects.toThrow(new EnvironmentError('the tool failed with exit code 3: fatal: no way; try another'))
  await expect(run(['no-such-tool'])).rejects.toThrow('the tool could not be started; try another')
})

test('names of packages, with digits and pluses in them', () => {
  expect(parseUris(`'http://deb.test/erlang-asn1_25.2.3+dfsg-1_amd64.deb' erlang-asn1_1%3a25.2.3_amd64.deb 88 SHA256:a
'http://deb.test/g/libstdc++6_12.2.0-14_amd64.deb' libstdc++6_12.2.0-14_amd64.deb 612604 MD5Sum:b
some other line`)).toEqual(['erlang-asn1', 'libstdc++6'])
})

test('plugins are kept with what they need, and only what is there', () => {
  const app = (needs: string): string =>
    `{application, x, [\n {vsn,"1"},\n {applications,[kernel,\n  ${needs}]},\n {mod,[]}]}.`
  const apps = new Map([
    ['rabbit', app("'ra',amqp10_common")], ['ra', app('aten')], ['aten', app('stdlib')],
    ['amqp10_common', app('stdlib')], ['rabbitmq_management', app('rabbit,cowboy')],
    ['cowboy', app('ranch')], ['rabbitmq_mqtt', app('rabbit')],
  ])
  expect(applicationsOf(app("'ra',amqp10_common"))).toEqual(['kernel', 'ra', 'amqp10_common'])
  expect([...neededPlugins(apps, ['rabbitmq_management'])].toSorted())
    .toEqual(['amqp10_common', 'aten', 'cowboy', 'ra', 'rabbit', 'rabbitmq_management'])
})
