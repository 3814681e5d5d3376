/**
 * Option values from text, each with one sentence for what it can't be.
 */
import { faultNamed } from '../faults/registry.ts'
import { parseDuration } from '../lib/duration.ts'
import { UsageError } from '../lib/errors.ts'
import { suggestion } from '../lib/nearest.ts'
import type { ProfileName } from '../model/suite.ts'

const CELLS_MAX = 64

export function parseCount(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > CELLS_MAX) {
    throw new UsageError(`'${text}' is no number from 1 to ${CELLS_MAX}`)
  }
  return count
}

export function parseBudget(text: string): number {
  const ms = parseDuration(text)
  if (ms === 0) throw new UsageError('a budget of no time leaves nothing to do; write for instance --budget 10m')
  return ms
}

/** Names of faults. */
export function parseList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim()).filter((name) => name !== '')
  if (names.length === 0) throw new UsageError('--faults needs at least one name; onceproof list shows them')
  return [...new Set(names.map((name) => faultNamed(name).name))]
}

export function parseProfile(text: string): ProfileName {
  if (text === 'quick' || text === 'full') return text
  throw new UsageError(`there is no profile '${text}'${suggestion(text, ['quick', 'full'])}`)
}

export function parseEnvironment(text: string): 'native' {
  if (text === 'native') return text
  if (text === 'docker' || text === 'external') {
    throw new UsageError(`--env ${text} is not there yet: this version runs its brokers natively only`)
  }
  throw new UsageError(`there is no environment '${text}'${suggestion(text, ['native', 'docker', 'external'])}`)
}

/** What was typed, as a shell would take it again. */
export function commandText(words: readonly string[]): string {
  const quoted = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
  return ['onceproof', ...quoted].join(' ')
}
