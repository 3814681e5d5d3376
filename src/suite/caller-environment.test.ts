/** What npm adds goes, what the caller had stays. */
import { symlink, mkdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { callerEnvironment } from './caller-environment.ts'
import { folderWith } from './testing.ts'

const underNpm = {
  PATH: [
    '/p/node_modules/.bin', '/node_modules/.bin', '/lib/node_modules/@npmcli/run-script/lib/node-gyp-bin',
    '/shims', '/usr/bin',
  ].join(':'),
  HOME: '/h', npm_execpath: '/npm-cli.js', npm_config_cache: '/c', NPM_CONFIG_X: '1', npm_node_execpath: '/n/node',
  NODE: '/n/node', INIT_CWD: '/p', COLOR: '1',
  NODE_OPTIONS: '--max-old-space-size=1', npm_config_node_options: '--max-old-space-size=1',
}

test('npm\'s variables and folders go', () => {
  expect(callerEnvironment(underNpm, '/other/node')).toEqual({ PATH: '/shims:/usr/bin', HOME: '/h' })
})

test('without npm the caller\'s own choices stay', () => {
  const env = { PATH: '/p/node_modules/.bin:/usr/bin', NODE_OPTIONS: '--enable-source-maps', COLOR: '1', NODE: '/x' }
  expect(callerEnvironment(env, '/other/node')).toEqual(env)
})

test('other values under the names that npm uses stay', () => {
  const env = { ...underNpm, NODE: '/mine/node', NODE_OPTIONS: '--import ./otel.mjs' }
  expect(callerEnvironment(env, '/other/node')).toMatchObject({
    NODE: '/mine/node', NODE_OPTIONS: '--import ./otel.mjs',
  })
})

test('the folder of the Node that came with the package goes, that of the caller stays', async () => {
  await using folder = await folderWith({ 'node_modules/node/bin/node': '', 'usr/node': '' })
  await mkdir(folder.at('node_modules/.bin'))
  await symlink(folder.at('node_modules/node/bin/node'), folder.at('node_modules/.bin/node'))
  const env = { PATH: `${folder.at('node_modules/.bin')}:${folder.at('usr')}` }
  expect(callerEnvironment(env, folder.at('node_modules/node/bin/node'))).toEqual({ PATH: folder.at('usr') })
  expect(callerEnvironment(env, folder.at('usr/node'))).toEqual(env)
})
