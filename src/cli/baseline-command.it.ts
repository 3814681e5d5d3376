/**
 * `baseline` as a shell sees it, on real servers: the zoo's noisiest consumer has the same points each time, and one
 * whose statements carry the process's number has not, and is told so.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { packageFolder } from '../lib/package-info.ts'
import { rightSuite, subjectOf } from '../run/testing.ts'

const bin = fileURLToPath(new URL('./bin.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'onceproof-test-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface End {
  readonly code: number | null
  readonly stdout: string
}

function baseline(suite: string, ...words: string[]): End {
  const out = join(folder, `run-${words.length}`)
  const line = [bin, 'baseline', suite, '--times', '2', '--out', out, ...words]
  const { status, stdout } = spawnSync(process.execPath, line, { encoding: 'utf8', cwd: packageFolder })
  return { code: status, stdout }
}

test('a poller, keepalives, comments, counted names and lists of any length change no point', () => {
  const { code, stdout } = baseline('suites/zoo/correct/orm-noise/right.suite.ts', '--json')
  const check = JSON.parse(stdout)
  expect(code).toBe(0)
  expect(check).toMatchObject({ suite: 'correct/orm-noise/right', times: 2, identical: true, differences: [] })
  expect(Object.keys(check.points)).toEqual(['start', 'cold', 'warm', 'convoy'])
  expect(check.background).toContain('db SELECT "name", "value" FROM "flags" WHERE "name" IN ($)')
  expect(check.points.warm).toContain('db COMMIT#1 after = orders basic.ack#1 before')
  expect(stdout).not.toMatch(/trace|"db SELECT \$#/)
})

/** An alias of the table that is called after the process. */
const counted = `
import { createRequire } from 'node:module'
const pg = createRequire(${JSON.stringify(import.meta.url)})('pg')
const { query } = pg.Client.prototype
pg.Client.prototype.query = function (text, ...rest) {
  const said = typeof text === 'string' ? text.replace('into invoices', 'into invoices as i' + process.pid) : text
  return query.call(this, said, ...rest)
}
`

test('a statement that is another one in each process is a difference', () => {
  const preload = join(folder, 'counted.mjs')
  writeFileSync(preload, counted)
  const file = join(folder, 'counted.suite.json')
  writeFileSync(file, JSON.stringify(rightSuite({ subject: subjectOf({ preload }) })))
  const { code, stdout } = baseline(file)
  expect(code).toBe(2)
  expect(stdout).toMatch(/^ {2}cold: db INSERT into invoices as i\d+ \(order_id/m)
  expect(stdout).toMatch(/^liar: \d+ differences in 2 baselines$/m)
})
