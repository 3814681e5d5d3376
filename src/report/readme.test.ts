/** What the README says of faults is what the registry holds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faults, profileFaults } from '../faults/registry.ts'
import type { Fault, Need } from '../model/fault.ts'
import { packageFolder } from '../lib/package-info.ts'
import { listed } from './scope-words.ts'

const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8')

const needs: Readonly<Record<Need, string>> = {
  'short-window': 'a window that can be outlasted',
  'next-version': '`subject.next`', children: 'child processes', 'used-disk': 'files in its folders',
  prefetch: 'several messages at a time', errors: 'operations that can fail',
}
const declared: Readonly<Record<NonNullable<Fault['contract']>, string>> = {
  'producer-duplicates': '`contract.producerDuplicates`', replay: '`contract.replayWithin`',
  undecodable: '`expect.deadLetter` or `expect.reject`',
}

function rowOf(fault: Fault): string {
  const wanted = [...fault.overlaps ? ['two at once'] : [], ...fault.needs === undefined ? [] : [needs[fault.needs]]]
  const cells = [
    `\`${fault.name}\``, fault.story, wanted.join(', '), fault.contract === undefined ? '' : declared[fault.contract],
  ]
  return `| ${cells.join(' | ')} |`
}

test('the table of faults is the registry, in its order', () => {
  const [, after = ''] = readme.split('| fault | what happened |')
  const rows = after.split('\n').slice(2)
  expect(rows.slice(0, rows.indexOf(''))).toEqual(Object.values(faults).map(rowOf))
})

test('the quick profile and the number of kinds are as the README says', () => {
  const words = readme.replaceAll(/\s+/g, ' ')
  expect(words).toContain(`\`quick\` has ${listed(profileFaults.quick.map((name) => `\`${name}\``))} on cold`)
  expect(words).toContain(`${profileFaults.full.length} kinds of faults`)
})
