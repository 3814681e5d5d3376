/**
 * ElasticMQ, the second opinion on SQS: jars from Maven, run by the machine's Java. Nothing needs it while LocalStack
 * is there, so setup goes on without. A state's path is the folder of its jars.
 */
import { join } from 'node:path'
import type { PartState } from '../model/part.ts'
import { cacheFolder, findCached, installInto } from './cache.ts'
import type { Machine } from './machine.ts'
import { absentTools, copyJars } from './maven.ts'
import { given, givenWrongly, missing, nothingToDo, type Part, type PlanLine } from './part.ts'

const NAME = 'elasticmq'
const VARIABLE = 'ONCEPROOF_ELASTICMQ'
const VERSION = '1.7.1'
const PACKAGE = `org.elasticmq:elasticmq-server_2.13:${VERSION}`
const JAR = /^elasticmq-server_2\.13-(\d[\w.]*)\.jar$/

export const elasticmqPart: Part = { name: NAME, optional: true, inspect, plan, install }

function inspect(machine: Machine): Promise<PartState> {
  return Promise.resolve(look(machine))
}

function look(machine: Machine): PartState {
  const place = given(machine, VARIABLE)
  const cached = findCached(machine, NAME)
  const path = place ?? (cached?.version === VERSION ? join(cached.folder, 'libs') : undefined)
  const version = path === undefined ? undefined : versionIn(machine, path)
  if (path === undefined || version === undefined) {
    if (place !== undefined) return givenWrongly(NAME, VARIABLE, 'a folder with the jars of elasticmq-server_2.13')
    const absent = absentTools(machine)
    const state = missing(NAME, 'ElasticMQ is not installed')
    if (absent.length === 0) return state
    return { ...state, fix: `install ${absent.join(' and ')}, then onceproof setup; LocalStack does without` }
  }
  if (machine.find('java') === undefined) {
    return { ...missing(NAME, `ElasticMQ is at ${path}, but no java was found on PATH`), fix: 'install Java 17' }
  }
  const source = place === undefined ? 'cache' : 'given'
  return {
    name: NAME, version, source, path,
    state: `ElasticMQ ${version} at ${path}${place === undefined ? '' : `, given by ${VARIABLE}`}`,
  }
}

function versionIn(machine: Machine, folder: string): string | undefined {
  return machine.names(folder).flatMap((file) => JAR.exec(file)?.[1] ?? []).at(-1)
}

function plan(machine: Machine, state: PartState): PlanLine {
  if (state.source !== 'missing') return nothingToDo(state)
  const absent = absentTools(machine)
  if (absent.length > 0) {
    return {
      part: NAME, action: 'none',
      text: `elasticmq: ${absent.join(' and ')} not found on PATH; it is a second opinion on SQS that nothing needs, `
        + `${VARIABLE} may give the folder of its jars`,
    }
  }
  return {
    part: NAME, action: 'install',
    text: `elasticmq: mvn dependency:copy-dependencies of ${PACKAGE} (37 MB) into `
      + join(cacheFolder(machine), `${NAME}-${VERSION}`),
  }
}

async function install(machine: Machine, onLine: (line: string) => void): Promise<void> {
  await installInto(machine, async (folder) => {
    const advice = `Maven's settings, or give ${VARIABLE} as a folder of jars`
    await copyJars(machine, folder, { wanted: [PACKAGE], advice, onLine })
    return { entry: `${NAME}-${VERSION}`, name: NAME, version: VERSION }
  })
}
