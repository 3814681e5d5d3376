/** Programs are found as the caller's PATH finds them, shims are seen through. */
import { chmod } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import { resolveInterpreter } from './interpreter.ts'
import { folderWith } from './testing.ts'

test('a shim is asked who it starts', async () => {
  await using folder = await folderWith({ 'shims/node': `#!/bin/sh\nexec '${process.execPath}' "$@"\n` })
  await chmod(folder.at('shims/node'), 0o755)
  const env = { PATH: `/nowhere:${folder.at('shims')}:/usr/bin:/bin` }
  expect(await resolveInterpreter(['node', 'a.mjs', '--x'], env, folder.path)).toEqual({
    path: process.execPath, version: process.version, command: [process.execPath, 'a.mjs', '--x'],
  })
})

test('a program of another kind is only found', async () => {
  const found = await resolveInterpreter(['sh', '-c', 'true'], { PATH: '/nowhere:/bin' }, '/')
  expect(found).toEqual({ path: '/bin/sh', version: undefined, command: ['/bin/sh', '-c', 'true'] })
})

test('a path is relative to the subject\'s folder', async () => {
  await using folder = await folderWith({ 'bin/run': '#!/bin/sh\n', 'bin/data': '' })
  await chmod(folder.at('bin/run'), 0o755)
  expect((await resolveInterpreter(['./bin/run'], {}, folder.path)).path).toBe(folder.at('bin/run'))
  await expect(resolveInterpreter(['./bin/data'], {}, folder.path)).rejects.toThrow(
    new UsageError(`subject.command: ${folder.at('bin/data')} is not there or can't be executed`))
})

test('what is not found says where it was searched', async () => {
  await expect(resolveInterpreter(['nonesuch'], { PATH: '/nowhere:/bin' }, '/')).rejects.toThrow(
    new UsageError("subject.command: 'nonesuch' was not found on the caller's PATH; searched /nowhere, /bin"))
  await expect(resolveInterpreter(['nonesuch'], {}, '/')).rejects.toThrow('PATH is empty')
})

test('a shim that can\'t start anything says why', async () => {
  const shim = '#!/bin/sh\necho "pyenv: version 3.99 is not installed" >&2\nexit 1\n'
  await using folder = await folderWith({ python: shim })
  await chmod(folder.at('python'), 0o755)
  await expect(resolveInterpreter(['python', 'x.py'], { PATH: folder.path }, folder.path)).rejects.toThrow(
    new UsageError(`subject.command: ${folder.at('python')} does not start: pyenv: version 3.99 is not installed`))
})
