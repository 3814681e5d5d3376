/** A disk keeps what lies on it until it is wiped, and shares nothing with another. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isDiskUsed, openDisk, wipeDisk } from './disks.ts'

let root = ''
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'onceproof-test-')), 'disks')
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('the same name is the same disk, and a wiped one is empty and there', async () => {
  const disk = await openDisk(root, 'c1.a')
  const other = await openDisk(root, 'c1.b')
  await writeFile(join(disk.dir, 'state'), '1')
  await mkdir(join(disk.tmp, 'a/b'), { recursive: true })
  expect(await openDisk(root, 'c1.a')).toEqual(disk)
  expect(existsSync(join(disk.dir, 'state'))).toBe(true)
  expect(await readdir(other.dir)).toEqual([])
  await wipeDisk(root, 'c1.a')
  expect([await readdir(disk.dir), await readdir(disk.tmp)]).toEqual([[], []])
})

test('empty folders and caches of interpreters are nothing, any file is something', async () => {
  expect(await isDiskUsed(root, 'never opened')).toBe(false)
  const { dir, tmp } = await openDisk(root, 'c1.a')
  await mkdir(join(tmp, 'node-compile-cache/v24'), { recursive: true })
  await writeFile(join(tmp, 'node-compile-cache/v24/x'), '1')
  await mkdir(join(dir, 'spool/new'), { recursive: true })
  expect(await isDiskUsed(root, 'c1.a')).toBe(false)
  await writeFile(join(dir, 'spool/new/o-1'), '')
  expect(await isDiskUsed(root, 'c1.a')).toBe(true)
  await wipeDisk(root, 'c1.a')
  expect(await isDiskUsed(root, 'c1.a')).toBe(false)
  await writeFile(join(tmp, 'o-1.part'), '')
  expect(await isDiskUsed(root, 'c1.a')).toBe(true)
})
