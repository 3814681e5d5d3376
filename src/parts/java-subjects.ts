/**
 * The zoo's consumers in Java: the libraries of `suites/zoo/pom.xml`, by the person's own `mvn`, and the classes of the
 * sources below it, by the person's own `javac`. Two parts, because sources change more often.
 *
 * The path of `java-clients` is a folder of jars, that of `java-subjects` one with the classes of each source in a
 * folder of their own (`correct/NAME/consumer`): every consumer's class has the same name.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { PartState } from '../model/part.ts'
import { cacheFolder, findCached, installInto } from './cache.ts'
import type { Machine } from './machine.ts'
import { absentTools, copyJarsOf } from './maven.ts'
import { given, givenWrongly, missing, nothingToDo, type Part, type PlanLine } from './part.ts'
import { runOrExplain } from './tool.ts'
import { builtName, sourcesOf, stampOf, zooFolder } from './zoo-sources.ts'

const CLIENTS = 'java-clients'
const SUBJECTS = 'java-subjects'
const CLIENTS_VARIABLE = 'ONCEPROOF_JAVA_CLIENTS'
const SUBJECTS_VARIABLE = 'ONCEPROOF_JAVA_SUBJECTS'
const ENDING = '.java'
const RELEASE = '17'
const pom = join(zooFolder, 'pom.xml')

export const javaClientsPart: Part = {
  name: CLIENTS,
  inspect: (machine) => Promise.resolve(inspectClients(machine)),
  plan: planClients,
  install: async (machine, onLine) => {
    await bringClients(machine, onLine)
  },
}

export const javaSubjectsPart: Part = {
  name: SUBJECTS,
  inspect: (machine) => Promise.resolve(inspectSubjects(machine)),
  plan: planSubjects,
  install: installSubjects,
}

function inspectClients(machine: Machine): PartState {
  const place = given(machine, CLIENTS_VARIABLE)
  if (place !== undefined) return givenFolder(machine, CLIENTS, CLIENTS_VARIABLE)
  const cached = findCached(machine, CLIENTS, clientsStamp(machine))
  if (cached === undefined) return missing(CLIENTS, 'the libraries of suites/zoo/pom.xml are not installed')
  const { folder, version } = cached
  return {
    name: CLIENTS, version, source: 'cache', path: join(folder, 'libs'),
    state: `libraries of the zoo's consumers in Java, in ${folder}`,
  }
}

function inspectSubjects(machine: Machine): PartState {
  const place = given(machine, SUBJECTS_VARIABLE)
  if (place !== undefined) return givenFolder(machine, SUBJECTS, SUBJECTS_VARIABLE)
  const cached = findCached(machine, SUBJECTS, stamp(machine))
  if (cached === undefined) return missing(SUBJECTS, "the zoo's consumers in Java are not compiled as they stand")
  const { folder, version } = cached
  return {
    name: SUBJECTS, version, source: 'cache', path: folder, state: `the zoo's consumers in Java, in ${folder}`,
  }
}

function givenFolder(machine: Machine, name: string, variable: string): PartState {
  const path = given(machine, variable) ?? ''
  if (!machine.isFolder(path)) return givenWrongly(name, variable, 'a folder')
  return { name, version: '', source: 'given', path, state: `${path}, given by ${variable}` }
}

function stamp(machine: Machine): string {
  return stampOf(machine, sourcesOf(machine, ENDING), [clientsStamp(machine)])
}

function clientsStamp(machine: Machine): string {
  return stampOf(machine, [], [machine.read(pom) ?? ''])
}

function planClients(machine: Machine, found: PartState): PlanLine {
  if (found.source !== 'missing') return nothingToDo(found)
  return without(CLIENTS, absentTools(machine)) ?? {
    part: CLIENTS, action: 'install',
    text: `${CLIENTS}: mvn dependency:copy-dependencies -f ${pom} (25 MB) into `
      + join(cacheFolder(machine), `${CLIENTS}-${clientsStamp(machine)}`),
  }
}

function planSubjects(machine: Machine, found: PartState): PlanLine {
  if (found.source !== 'missing') return nothingToDo(found)
  const mavens = inspectClients(machine).source === 'missing' ? absentTools(machine) : []
  return without(SUBJECTS, [...mavens, ...machine.find('javac') === undefined ? ['javac'] : []]) ?? {
    part: SUBJECTS, action: 'install',
    text: `${SUBJECTS}: javac of the zoo's consumers into `
      + join(cacheFolder(machine), `${SUBJECTS}-${stamp(machine)}`),
  }
}

function without(part: string, absent: readonly string[]): PlanLine | undefined {
  if (absent.length === 0) return undefined
  return {
    part, action: 'none',
    text: `${part}: ${absent.join(' and ')} not found on PATH; only consumers of the zoo need it`,
  }
}

const brought = new WeakMap<Machine, Promise<string>>()

/** Both parts are installed side by side, and the second needs the first. Returns the folder of jars. */
function bringClients(machine: Machine, onLine: (line: string) => void): Promise<string> {
  const found = inspectClients(machine).path
  if (found !== undefined) return Promise.resolve(found)
  const folder = brought.get(machine) ?? installClients(machine, onLine)
  brought.set(machine, folder)
  return folder
}

async function installClients(machine: Machine, onLine: (line: string) => void): Promise<string> {
  const place = await installInto(machine, async (folder) => {
    await copyJarsOf(machine, folder, {
      pom, onLine,
      advice: `the same by hand with your Maven settings, or give ${CLIENTS_VARIABLE} as a folder of jars`,
    })
    const version = clientsStamp(machine)
    return { entry: `${CLIENTS}-${version}`, name: CLIENTS, version }
  })
  return join(place, 'libs')
}

async function installSubjects(machine: Machine, onLine: (line: string) => void): Promise<void> {
  const libraries = await bringClients(machine, onLine)
  await installInto(machine, async (folder) => {
    for (const source of sourcesOf(machine, ENDING)) {
      const classes = join(folder, builtName(source, ENDING))
      mkdirSync(classes, { recursive: true })
      await runOrExplain(machine, {
        name: 'javac',
        command: ['javac', '--release', RELEASE, '-d', classes, '-cp', join(libraries, '*'), join(zooFolder, source)],
        advice: `a JDK ${RELEASE} or later`, how: { onLine },
      })
    }
    const version = stamp(machine)
    return { entry: `${SUBJECTS}-${version}`, name: SUBJECTS, version }
  })
}
