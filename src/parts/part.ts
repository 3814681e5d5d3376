/**
 * What each part can do: be found, say how it would be installed, be installed. Finding never installs.
 */
import type { PartState } from '../model/part.ts'
import type { Machine } from './machine.ts'

export interface PlanLine {
  readonly part: string
  /** `none`: it is there already; `impossible`: the text says what is missing. */
  readonly action: 'none' | 'install' | 'impossible'
  /** One sentence: what will be done, with which tool, where to. */
  readonly text: string
}

export interface Part {
  readonly name: string
  /** Nothing needs it: it is not missed. */
  readonly optional?: true
  inspect(machine: Machine): Promise<PartState>
  /** What setup would do, given what was found. */
  plan(machine: Machine, found: PartState): PlanLine
  install(machine: Machine, onLine: (line: string) => void): Promise<void>
}

/** A part given as `postgres://...` and the like. */
export function isUrl(given: string): boolean {
  return /^[a-z]+:\/\//i.test(given)
}

export function given(machine: Machine, variable: string): string | undefined {
  const value = machine.env[variable]
  return value === '' ? undefined : value
}

/** Given by a URL: it runs already, so there is nothing to look for. */
export function givenUrl(name: string, variable: string, url: string): PartState {
  const parsed = URL.parse(url)
  const where = parsed === null ? 'an address that is no URL' : parsed.host
  return { name, version: '', source: 'given', url, state: `the server at ${where}, given by ${variable}` }
}

/** Given by a path where it isn't: the person must mend that, nothing else is looked for. */
export function givenWrongly(name: string, variable: string, wanted: string): PartState {
  return {
    name, version: '', source: 'missing', state: `${variable} is set, but ${wanted} was not found there`,
    fix: `set ${variable} to the right place, or unset it`,
  }
}

export const SETUP = 'onceproof setup'

export function missing(name: string, state: string): PartState {
  return { name, version: '', source: 'missing', state, fix: SETUP }
}

/** For what is there in any way that needs no work. */
export function nothingToDo(found: PartState): PlanLine {
  return { part: found.name, action: 'none', text: `${found.name}: nothing to do, ${found.state}` }
}
