/**
 * The zoo's consumers in Go, built by the person's own Go (their GOPROXY and caches apply) from `suites/zoo/*.../*.go`
 * and the module file beside them. A state's path is the folder that holds `correct/NAME/consumer` and the like.
 */
import { join } from 'node:path'
import type { PartState } from '../model/part.ts'
import { cacheFolder, findCached, installInto } from './cache.ts'
import type { Machine } from './machine.ts'
import { given, givenWrongly, missing, nothingToDo, type Part, type PlanLine } from './part.ts'
import { runOrExplain } from './tool.ts'
import { builtName, sourcesOf, stampOf, zooFolder } from './zoo-sources.ts'

const NAME = 'go-subjects'
const VARIABLE = 'ONCEPROOF_GO_SUBJECTS'
const ENDING = '.go'

export const goSubjectsPart: Part = { name: NAME, inspect, plan, install }

function inspect(machine: Machine): Promise<PartState> {
  const place = given(machine, VARIABLE)
  if (place !== undefined) {
    if (!machine.isFolder(place)) return Promise.resolve(givenWrongly(NAME, VARIABLE, 'a folder'))
    return Promise.resolve({
      name: NAME, version: '', source: 'given', path: place, state: `${place}, given by ${VARIABLE}`,
    })
  }
  const cached = findCached(machine, NAME, stamp(machine))
  if (cached === undefined) {
    return Promise.resolve(missing(NAME, "the zoo's consumers in Go are not built as they stand"))
  }
  const { folder, version } = cached
  return Promise.resolve({
    name: NAME, version, source: 'cache', path: folder, state: `the zoo's consumers in Go, in ${folder}`,
  })
}

function stamp(machine: Machine): string {
  const modules = ['go.mod', 'go.sum'].map((name) => machine.read(join(zooFolder, name)) ?? '')
  return stampOf(machine, sourcesOf(machine, ENDING), modules)
}

function plan(machine: Machine, found: PartState): PlanLine {
  if (found.source !== 'missing') return nothingToDo(found)
  if (machine.find('go') === undefined) {
    return {
      part: NAME, action: 'none',
      text: `${NAME}: go was not found on PATH; only consumers of the zoo need it`,
    }
  }
  return {
    part: NAME, action: 'install',
    text: `${NAME}: go build of the zoo's consumers (130 MB of modules) into `
      + join(cacheFolder(machine), `${NAME}-${stamp(machine)}`),
  }
}

/** They are made without debug tables, and without a C compiler. */
async function install(machine: Machine, onLine: (line: string) => void): Promise<void> {
  await installInto(machine, async (folder) => {
    for (const source of sourcesOf(machine, ENDING)) {
      const program = join(folder, builtName(source, ENDING))
      await runOrExplain(machine, {
        name: 'go build', command: ['go', 'build', '-mod=readonly', '-ldflags=-s -w', '-o', program, source],
        advice: `it by hand in ${zooFolder}, with Go 1.26 or one that may fetch it`,
        how: { cwd: zooFolder, env: { CGO_ENABLED: '0' }, onLine },
      })
    }
    const version = stamp(machine)
    return { entry: `${NAME}-${version}`, name: NAME, version }
  })
}
