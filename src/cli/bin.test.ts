/** The command as a shell sees it: exit codes, one sentence on stderr, nothing else on stdout. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { reportSchema } from '../store/report-schema.ts'

const bin = fileURLToPath(new URL('./bin.ts', import.meta.url))

interface End {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function onceproof(...words: string[]): End {
  const { NO_COLOR: _, FORCE_COLOR: __, DEBUG: ___, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...words], { encoding: 'utf8', env })
  return { code: status, stdout, stderr }
}

test.each([
  [['certfy', 'x.yaml'], 'Did you mean certify?'],
  [['certify'], "missing required argument 'suite'"],
  [['certify', 'x.yaml', '--fault', 'kill'], 'Did you mean --faults?'],
  [['certify', 'x.yaml', '--faults', 'kil'], 'kil'],
  [['certify', 'nowhere/x.suite.yaml'], 'nowhere/x.suite.yaml'],
  [['certify', 'x.yaml', '--env', 'docker'], 'not there yet'],
  [['certify', 'x.yaml', '--env', 'dokcer'], "did you mean 'docker'?"],
  [['certify', 'x.yaml', '--cells', '0'], "'0' is no number"],
  [['certify', 'x.yaml', '--budget', '10'], "'10' is no duration"],
  [['certify', 'x.yaml', '--profile', 'fulll'], "did you mean 'full'?"],
  [['baseline', 'nowhere/x.suite.yaml'], 'nowhere/x.suite.yaml'],
  [['baseline', 'x.yaml', '--times', '0'], "'0' is no number"],
  [['recheck', 'nowhere'], 'there is no run at nowhere'],
  [['report', 'nowhere'], 'there is no run at nowhere'],
  [['replay', 'nowhere/x.json'], 'there is no file nowhere/x.json'],
  [['explain', 'nowhere.yaml'], 'nowhere.yaml'],
  [['schema', 'reprot'], "did you mean 'report'?"],
  [[], '--help'],
])('%j is refused with 3 and one sentence', (words, sentence) => {
  const { code, stdout, stderr } = onceproof(...words)
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toContain(sentence)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})

test('help and version are no errors', () => {
  expect(onceproof('--help')).toMatchObject({ code: 0, stderr: '' })
  expect(onceproof('certify', '--help').stdout).toContain('--budget <time>')
  expect(onceproof('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('schemas are JSON and name what they describe', () => {
  const { code, stdout } = onceproof('schema', 'report')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ title: 'Onceproof report', properties: { suites: {} } })
  expect(reportSchema.safeParse({}).success).toBe(false)
  expect(JSON.parse(onceproof('schema').stdout)).toMatchObject({ title: 'Onceproof suite' })
})

test('a stack only for who asks for one', () => {
  const { NO_COLOR: _, ...env } = process.env
  const { stderr } = spawnSync(process.execPath, [bin, 'recheck', 'nowhere'], {
    encoding: 'utf8', env: { ...env, DEBUG: 'onceproof' },
  })
  expect(stderr).toContain('there is no run at nowhere')
  expect(stderr).toContain('    at ')
})
