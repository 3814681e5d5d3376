/** Runs that were killed: no report, only what their journals held by then. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ev, killed, learn, world, type World } from '../check/testing.ts'
import type { Event } from '../model/event.ts'
import { certifiedJudgement, sampleSuite } from '../model/testing.ts'
import { KNOWN_SUITE, readRunResult, toSuiteFacts, writeRunResult } from '../store/run-result.ts'
import { recheck } from './recheck.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const known = sampleSuite(certifiedJudgement)

/** A journal as a run writes it: its start, whom it is about, and what happened. */
function journal(plan: World = {}, name?: string): Event[] {
  const head = [
    ev({
      type: 'run-started', seed: '7f3a91', command: 'onceproof certify x', startedAt: '2026-11-21T08:01:12.345Z',
      host: { cores: 2, node: 'v24', platform: 'linux' }, versions: { broker: '4.1.0' },
    }),
    learn(KNOWN_SUITE, toSuiteFacts({ ...known, name: name ?? known.name })),
  ]
  return [...head, ...world(plan)].map((event, i) => ({ ...event, seq: i + 1 }))
}

function write(file: string, events: readonly Event[], torn = ''): void {
  writeFileSync(join(folder, file), events.map((event) => `${JSON.stringify(event)}\n`).join('') + torn)
}

test('a run that was cut off in the middle is judged, and inconclusive', async () => {
  const events = journal()
  write('history.ndjson', events.slice(0, -8), '{"seq":')
  const again = await recheck(folder)
  expect(again).toMatchObject({
    folder, seed: '7f3a91', command: 'onceproof certify x', verdict: 'inconclusive', exitCode: 2, end: 'interrupted',
  })
  const [suite] = again.suites
  expect(suite).toMatchObject({
    name: known.name, file: known.file, profile: 'quick', scope: known.scope, subject: known.subject,
    suiteHash: known.suiteHash, versions: { broker: '4.1.0' }, history: 'history.ndjson', verdict: 'inconclusive',
  })
  expect(suite?.judgement.doubts.map(({ code }) => code)).toContain('run-not-completed')
  await writeRunResult(again)
  expect((await readRunResult(folder)).suites[0]).toMatchObject({ name: known.name, verdict: 'inconclusive' })
})

test('a violation that was seen by then stands', async () => {
  const twice = { message: 'm4', found: [{ identity: 'a' }, { identity: 'a' }] }
  write('history.ndjson', journal({ stories: [{ ...killed, ...twice }] }).slice(0, -1))
  expect(await recheck(folder)).toMatchObject({ verdict: 'violated', exitCode: 1, suites: [{ verdict: 'violated' }] })
})

test('without a report nothing is certified, whatever was done: nobody knows what else was to come', async () => {
  for (const name of ['a', 'b']) mkdirSync(join(folder, name))
  write('a/history.ndjson', journal({}, 'first'))
  write('b/history.ndjson', journal({}, 'second').slice(0, 5))
  const again = await recheck(folder)
  expect(again).toMatchObject({ verdict: 'inconclusive', exitCode: 2 })
  expect(again.suites.map(({ name, verdict, history }) => [name, verdict, history])).toEqual([
    ['first', 'certified', 'a/history.ndjson'], ['second', 'inconclusive', 'b/history.ndjson'],
  ])
  rmSync(join(folder, 'b'), { recursive: true })
  expect(await recheck(folder)).toMatchObject({ verdict: 'inconclusive', exitCode: 2 })
})

test('a journal that does not say whom it is about is judged too, an empty one is not', async () => {
  write('history.ndjson', journal().filter(({ seq }) => seq !== 2).map((event, i) => ({ ...event, seq: i + 1 })))
  const again = await recheck(folder)
  expect(again.suites[0]).toMatchObject({ profile: 'quick', subject: undefined })
  expect(again.verdict).toBe('inconclusive')
  write('history.ndjson', [])
  await expect(recheck(folder)).rejects.toThrow('ended before anything was written down')
  expect(readFileSync(join(folder, 'history.ndjson'), 'utf8')).toBe('')
})
