/** All faults, by name: the list is the feature list. */
import { UsageError } from '../lib/errors.ts'
import { suggestion } from '../lib/nearest.ts'
import { withVariant, type Fault } from '../model/fault.ts'
import { cut } from './cut.ts'
import { deploy } from './deploy.ts'
import { duplicate } from './duplicate.ts'
import { error } from './error.ts'
import { failN } from './fail-n.ts'
import { killChild } from './kill-child.ts'
import { killWipe } from './kill-wipe.ts'
import { kill } from './kill.ts'
import { late } from './late.ts'
import { orphan } from './orphan.ts'
import { overtake } from './overtake.ts'
import { poison } from './poison.ts'
import { raceTwice } from './race-twice.ts'
import { race } from './race.ts'
import { rebalance } from './rebalance.ts'
import { replay } from './replay.ts'
import { scale } from './scale.ts'
import { selfRace } from './self-race.ts'
import { stop } from './stop.ts'
import { twins } from './twins.ts'
import { zombie } from './zombie.ts'

const all: readonly Fault[] = [
  kill, killChild, killWipe, failN, stop, cut, orphan, race, raceTwice, zombie, selfRace, overtake, rebalance, scale,
  deploy, error,
  duplicate, replay, late, twins, poison,
]

export const faults: Readonly<Record<string, Fault>> = Object.fromEntries(all.map((fault) => [fault.name, fault]))

/** The faults that a profile must cover (design section 4): `full` is every one that applies. */
export const profileFaults = {
  quick: ['kill', 'cut', 'duplicate', 'replay'],
  full: all.map((fault) => fault.name),
} as const

/** By its name; `error 40P01` is the fault `error` with the server's error 40P01. */
export function faultNamed(name: string): Fault {
  const [base = '', ...rest] = name.split(' ')
  const fault = faults[base]
  const variant = rest.join(' ')
  if (fault === undefined || (variant !== '' && fault.needs !== 'errors')) {
    throw new UsageError(`There is no fault "${name}"${suggestion(base, Object.keys(faults))}`)
  }
  return variant === '' ? fault : withVariant(fault, variant)
}
