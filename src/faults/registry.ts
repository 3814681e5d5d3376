/** All faults, by name: the list is the feature list. */
import { UsageError } from '../lib/errors.ts'
import type { Fault } from '../model/fault.ts'
import { cut } from './cut.ts'
import { duplicate } from './duplicate.ts'
import { kill } from './kill.ts'
import { orphan } from './orphan.ts'
import { stop } from './stop.ts'

export const faults: Readonly<Record<string, Fault>> = { kill, stop, cut, orphan, duplicate }

/** The faults that a profile must cover (design section 4). */
export const profileFaults = {
  quick: ['kill', 'cut', 'duplicate'],
  full: ['kill', 'stop', 'cut', 'orphan', 'duplicate'],
} as const

export function faultNamed(name: string): Fault {
  const fault = faults[name]
  if (fault === undefined) {
    throw new UsageError(`There is no fault "${name}"; known faults are ${Object.keys(faults).join(', ')}.`)
  }
  return fault
}
