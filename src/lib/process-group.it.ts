/**
 * Nothing outlives a group, and nothing outlives a harness: real processes that try to get away.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { poll } from './clock.ts'
import { SubjectError } from './errors.ts'
import { openLedger } from './ledger.ts'
import { startProcess, type ProcessRequest } from './process-group.ts'
import { readProcess } from './process-table.ts'

/** A shell whose grandchildren leave: one by setsid, one that also loses its parent, one without our environment. */
const escapees = [
  'setsid sleep 1001 & echo $! >> PIDS',
  '(setsid sleep 1002 & echo $! >> PIDS)',
  'env -i sleep 1003 & echo $! >> PIDS',
  'sleep 1004 & echo $! >> PIDS',
  'echo ready; wait',
].join('\n')

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function shell(script: string, rest: Partial<ProcessRequest> = {}): ProcessRequest {
  return {
    name: 'shell', command: ['sh', '-c', script.replaceAll('PIDS', join(folder, 'pids'))], cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' }, ...rest,
  }
}

async function pidsOf(count: number): Promise<number[]> {
  return poll(() => {
    const file = join(folder, 'pids')
    const pids = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []
    return pids.length === count ? pids : undefined
  }, { what: `start of ${count} processes`, limitMs: 5_000, everyMs: 5 })
}

function living(pids: readonly number[]): number[] {
  return pids.filter((pid) => readProcess(pid)?.zombie === false)
}

test('a kill reaches what left the group, and resolves when all are gone', async () => {
  await using ledger = await openLedger(folder)
  await using group = startProcess(ledger, shell(escapees))
  const pids = await pidsOf(4)
  expect(living([group.pid, ...pids])).toHaveLength(5)
  await group.kill()
  expect(living([group.pid, ...pids])).toEqual([])
  expect(await group.exited).toEqual({ code: null, signal: 'SIGKILL' })
})

test('a pause stops those that left the group too, and a resume lets all go on', async () => {
  await using ledger = await openLedger(folder)
  await using group = startProcess(ledger, shell(escapees))
  const pids = [group.pid, ...await pidsOf(4)]
  const stopped = (): number[] => pids.filter((pid) => readProcess(pid)?.stopped === true)
  await group.pause()
  expect(stopped()).toEqual(pids)
  expect(group.members().map(({ pid }) => pid)).toEqual(expect.arrayContaining(pids))
  group.resume()
  await poll(() => (stopped().length === 0 ? true : undefined), { what: 'going on', limitMs: 5_000, everyMs: 1 })
  await group.pause()
  await group.kill()
  expect(living(pids)).toEqual([])
  expect(group.members()).toEqual([])
  await group.pause()
})

test('a paused process that is disposed ends by itself', async () => {
  await using ledger = await openLedger(folder)
  const group = startProcess(ledger, shell('trap "exit 7" TERM; echo $$ >> PIDS; while :; do sleep 0.02; done'))
  await pidsOf(1)
  await group.pause()
  await group[Symbol.asyncDispose]()
  expect(await group.exited).toEqual({ code: 7, signal: null })
})

test('disposing lets the process end by itself, and twice is once', async () => {
  await using ledger = await openLedger(folder)
  const heard: string[] = []
  const group = startProcess(ledger, shell('trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.02; done', {
    onOutput: (stream, text) => (stream === 'stdout' ? heard.push(text) : undefined),
  }))
  await poll(() => (heard.length > 0 ? true : undefined), { what: 'output', limitMs: 5_000, everyMs: 5 })
  await Promise.all([group[Symbol.asyncDispose](), group[Symbol.asyncDispose]()])
  await group[Symbol.asyncDispose]()
  group.signal('SIGTERM')
  expect(await group.exited).toEqual({ code: 7, signal: null })
  expect(heard.join('')).toBe('ready\nbye\n')
})

test('a process that ignores SIGTERM is killed after the grace', async () => {
  await using ledger = await openLedger(folder)
  const group = startProcess(ledger, shell('trap "" TERM; echo $$ >> PIDS; while :; do sleep 1; done', { graceMs: 50 }))
  await pidsOf(1)
  await group[Symbol.asyncDispose]()
  expect(await group.exited).toEqual({ code: null, signal: 'SIGKILL' })
})

test('a command that does not exist is said in one sentence', async () => {
  await using ledger = await openLedger(folder)
  const start = (rest: Partial<ProcessRequest>) => () => startProcess(ledger, shell('', rest))
  expect(start({ command: ['no-such-program'] })).toThrow(SubjectError)
  expect(start({ command: ['no-such-program'] })).toThrow("can't be started: no-such-program was not found on PATH")
  expect(start({ cwd: '/no/such/folder' })).toThrow('its folder /no/such/folder does not exist')
  expect(start({ command: [] })).toThrow('the command is empty')
})

test('after a SIGKILL of the harness nothing of it lives, and its folder is gone', async () => {
  const doomed = join(folder, 'onceproof-doomed')
  mkdirSync(join(doomed, 'inside'), { recursive: true })
  const request = shell(escapees)
  const harness = spawn(process.execPath, ['--input-type=module', '-e', `
    const { openLedger } = await import(${JSON.stringify(new URL('./ledger.ts', import.meta.url).href)})
    const { startProcess } = await import(${JSON.stringify(new URL('./process-group.ts', import.meta.url).href)})
    const ledger = await openLedger(${JSON.stringify(folder)})
    ledger.removeFolder(${JSON.stringify(doomed)})
    startProcess(ledger, ${JSON.stringify(request)})
  `], { stdio: 'inherit' })
  const pids = await pidsOf(4)
  expect(living(pids)).toHaveLength(4)
  harness.kill('SIGKILL')
  await poll(() => (living(pids).length === 0 && !existsSync(doomed) ? true : undefined), {
    what: 'end of everything', limitMs: 5_000, everyMs: 10, last: () => `${living(pids).join()} still live`,
  })
  expect(existsSync(folder)).toBe(true)
})

test('a normal end of the ledger removes folders and stray processes before it returns', async () => {
  const ledger = await openLedger(folder)
  const kept = join(folder, 'onceproof-kept')
  mkdirSync(kept)
  ledger.removeFolder(kept)
  startProcess(ledger, shell(escapees))
  const pids = await pidsOf(4)
  await ledger[Symbol.asyncDispose]()
  await ledger[Symbol.asyncDispose]()
  expect(() => startProcess(ledger, shell(escapees))).toThrow('the run is over')
  expect(living(pids)).toEqual([])
  expect(existsSync(kept)).toBe(false)
})
