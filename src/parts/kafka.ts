/**
 * Kafka: its jars from Maven, by the person's own `mvn` (their settings, mirrors and checksums apply), or a Kafka
 * that lies somewhere already. A state's path is the folder that holds `libs`. Only Java is needed to run it.
 *
 * Two more things are made once, since each start would pay for them: a formatted data folder (0.9 s) and a class
 * archive (half of the time to ready). kafka-tools-api is left out because nothing here uses it, and 4.4.0 names one
 * that was never published; slf4j-simple is added because without a backend a broker that fails says nothing.
 */
import { dirname, join } from 'node:path'
import { EnvironmentError } from '../lib/errors.ts'
import type { PartState } from '../model/part.ts'
import { cacheFolder, findCached, installInto } from './cache.ts'
import { prepareKafka } from './kafka-archive.ts'
import type { Machine } from './machine.ts'
import { absentTools, copyJars } from './maven.ts'
import {
  given, givenUrl, givenWrongly, isUrl, missing, nothingToDo, SETUP, type Part, type PlanLine,
} from './part.ts'

const NAME = 'kafka'
const VARIABLE = 'ONCEPROOF_KAFKA'
const VERSION_VARIABLE = 'ONCEPROOF_KAFKA_VERSION'
const VERSION = '4.3.1'
const SCALA = '2.13'
const LOGGER = 'org.slf4j:slf4j-simple:1.7.36'
const OLDEST_JAVA = 17
const ELSE = `give ${VARIABLE} as a folder with libs or a kafka:// URL`

export const kafkaPart: Part = { name: NAME, inspect, plan, install }

async function inspect(machine: Machine): Promise<PartState> {
  const place = given(machine, VARIABLE)
  if (place !== undefined && isUrl(place)) return givenUrl(NAME, VARIABLE, place)
  if (place !== undefined) {
    const home = [place, dirname(place)].find((folder) => versionIn(machine, folder) !== undefined)
    if (home === undefined) return givenWrongly(NAME, VARIABLE, 'a folder with libs/kafka_*.jar')
    return withJava(machine, { source: 'given', home, how: `at ${home}, given by ${VARIABLE}` })
  }
  const version = given(machine, VERSION_VARIABLE) ?? VERSION
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    const state = `${VERSION_VARIABLE} is set, but '${version}' is no version`
    return { ...missing(NAME, state), fix: `set ${VERSION_VARIABLE} to one like ${VERSION}, or unset it` }
  }
  const cached = findCached(machine, NAME, version)
  if (cached !== undefined && versionIn(machine, cached.folder) !== undefined) {
    return withJava(machine, { source: 'cache', home: cached.folder, how: `in ${cached.folder}` })
  }
  return canInstall(machine, missing(NAME, `Kafka ${version} is not installed`))
}

interface Found {
  readonly source: 'cache' | 'given'
  readonly home: string
  readonly how: string
}

function withJava(machine: Machine, { source, home, how }: Found): PartState {
  const version = versionIn(machine, home) ?? ''
  if (machine.find('java') !== undefined) {
    return { name: NAME, version, source, path: home, state: `Kafka ${version} ${how}` }
  }
  const state = `Kafka ${version} is ${how}, but no java was found on PATH`
  return { ...missing(NAME, state), fix: `put Java ${OLDEST_JAVA} or later on PATH` }
}

/** By the name of the broker's own jar: `kafka_2.13-4.3.1.jar`. */
function versionIn(machine: Machine, home: string): string | undefined {
  return machine.names(join(home, 'libs')).flatMap((jar) => /^kafka_[\d.]+-([\d.]+\d)\.jar$/.exec(jar)?.[1] ?? []).at(0)
}

/** A fix other than setup where setup can't help. */
async function canInstall(machine: Machine, state: PartState): Promise<PartState> {
  const absent = absentTools(machine)
  if (absent.length > 0) {
    const needed = absent.map((tool) => (tool === 'java' ? `Java ${OLDEST_JAVA} or later` : 'Maven')).join(' and ')
    return {
      ...state, state: `${state.state}; ${absent.join(' and ')} not found on PATH`,
      fix: `install ${needed}, or ${ELSE}`,
    }
  }
  const { stdout, stderr } = await machine.run(['java', '-version'])
  const major = Number(/version "(?:1\.)?(\d+)/.exec(`${stderr}${stdout}`)?.[1] ?? OLDEST_JAVA)
  if (major >= OLDEST_JAVA) return state
  return {
    ...state, state: `${state.state}; the java on PATH is version ${major}`,
    fix: `install Java ${OLDEST_JAVA} or later, or ${ELSE}`,
  }
}

function plan(machine: Machine, found: PartState): PlanLine {
  if (found.source !== 'missing') return nothingToDo(found)
  if (found.fix !== SETUP) {
    return { part: NAME, action: 'impossible', text: `kafka: ${found.state}; ${found.fix ?? ELSE}` }
  }
  return {
    part: NAME, action: 'install',
    text: `kafka: mvn dependency:copy-dependencies org.apache.kafka:kafka_${SCALA}:${wanted(machine)} (45 MB) into `
      + `${join(cacheFolder(machine), `${NAME}-${wanted(machine)}`)}, and a class archive (40 MB)`,
  }
}

function wanted(machine: Machine): string {
  return given(machine, VERSION_VARIABLE) ?? VERSION
}

async function install(machine: Machine, onLine: (line: string) => void): Promise<void> {
  const version = wanted(machine)
  await installInto(machine, async (folder) => {
    await copyJars(machine, folder, {
      wanted: [`org.apache.kafka:kafka_${SCALA}:${version}`, LOGGER], without: ['org.apache.kafka:kafka-tools-api'],
      advice: `the same by hand with your Maven settings, or ${ELSE}`, onLine,
    })
    if (versionIn(machine, folder) !== version) {
      throw new EnvironmentError(`mvn brought no kafka_${SCALA}-${version}.jar; try ${ELSE}`)
    }
    onLine(`Kafka ${version} is there; formatting a data folder and making a class archive`)
    await prepareKafka(folder, onLine)
    return { entry: `${NAME}-${version}`, name: NAME, version }
  })
}
