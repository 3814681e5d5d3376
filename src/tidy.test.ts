/**
 * The house rules, mechanically: who may know whom, how long things are, what is not written. Each violation names its
 * place and what to write instead; exceptions and their reasons are in tidy/allowed.ts.
 */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { unallowed } from './tidy/allowed.ts'
import { readProject } from './tidy/project.ts'
import { rules } from './tidy/rules.ts'

const files = readProject(fileURLToPath(new URL('..', import.meta.url)))

test('the whole of src is read', () => {
  expect(files.length).toBeGreaterThan(100)
  expect(files.map((file) => file.path)).toContain('src/lib/clock.ts')
})

test('everything is tidy', () => {
  const violations = rules.flatMap((rule) => rule(files))
  expect(unallowed(violations).join('\n')).toBe('')
})
