/**
 * The client libraries of the Python subjects, installed by the person's own pip beside their interpreter's packages
 * and not among them. A state's path is the folder for PYTHONPATH.
 *
 * Binary wheels fit one version and one ABI, so the folder is named by both. `python3` on PATH may be a shim (pyenv,
 * asdf) that costs 0.4 s per start: the interpreter itself is asked who it is, once, and that one is used.
 */
import { join } from 'node:path'
import type { PartState } from '../model/part.ts'
import { cacheFolder, findCached, installInto } from './cache.ts'
import type { Machine } from './machine.ts'
import { given, givenWrongly, missing, nothingToDo, type Part, type PlanLine } from './part.ts'
import { runOrExplain } from './tool.ts'

interface PackageSet {
  readonly name: string
  /** Gives a folder that has them. */
  readonly variable: string
  /** With everything that they need: a set is the same wherever it is installed. */
  readonly pinned: readonly string[]
  /** As a person reads it, and as the marker in the cache says it. */
  readonly version: string
  /** A folder that is there when they are. */
  readonly holds: string
  /** Begins the names in the cache, before the interpreter's label. */
  readonly prefix: string
  /** Ends the sentence of a machine that can't have them: who needs them. */
  readonly only: string
  /** Whether setup can go on without. */
  readonly dispensable: boolean
}

/** pika and psycopg, of the shipped Python subject. */
export const pythonPackagesPart = partOf({
  name: 'python-packages',
  variable: 'ONCEPROOF_PYTHON_PACKAGES',
  pinned: ['pika==1.4.4', 'psycopg[binary]==3.3.9', 'typing-extensions==4.16.0'],
  version: 'pika 1.4.4, psycopg 3.3.9',
  holds: 'pika',
  prefix: '',
  only: 'only the shipped Python subject needs them',
  dispensable: false,
})

/** Celery, of one consumer of the zoo; it has a folder of its own because nobody else needs it. */
export const celeryPart = partOf({
  name: 'celery',
  variable: 'ONCEPROOF_CELERY',
  pinned: [
    'celery==5.5.3', 'kombu==5.5.4', 'amqp==5.4.2', 'billiard==4.3.2', 'vine==5.1.0', 'click==8.5.1',
    'click-didyoumean==0.3.1', 'click-plugins==1.1.1.2', 'click-repl==0.4.1', 'prompt-toolkit==3.0.53',
    'wcwidth==0.9.4', 'python-dateutil==4.0.0', 'typing-extensions==4.16.0', 'tzdata==2026.6', 'packaging==26.3',
  ],
  version: 'celery 5.5.3',
  holds: 'celery',
  prefix: 'celery-',
  only: 'only a consumer of the zoo needs it',
  dispensable: true,
})

/** Clients of two more brokers, of consumers of the zoo; apart from the shipped subject's, which does without. */
export const pythonClientsPart = partOf({
  name: 'python-clients',
  variable: 'ONCEPROOF_PYTHON_CLIENTS',
  pinned: [
    'aiokafka==0.14.0', 'async-timeout==5.0.1', 'packaging==26.3', 'typing-extensions==4.16.0', 'boto3==1.44.5',
    'botocore==1.44.5', 's3transfer==0.19.3', 'jmespath==1.1.0', 'python-dateutil==2.9.0.post0', 'six==1.17.0',
    'urllib3==2.8.0',
  ],
  version: 'aiokafka 0.14.0, boto3 1.44.5',
  holds: 'aiokafka',
  prefix: 'clients-',
  only: 'only consumers of the zoo need them',
  dispensable: true,
})

function partOf(set: PackageSet): Part {
  return {
    name: set.name,
    inspect: (machine) => inspect(set, machine),
    plan: (machine, found) => plan(set, machine, found),
    install: (machine, onLine) => install(set, machine, onLine),
  }
}

const ASK = `import sys, sysconfig; print(sys.executable); print('%d.%d' % sys.version_info[:2]); `
  + `print(sysconfig.get_config_var('SOABI') or sys.implementation.cache_tag)`

interface Python {
  readonly path: string
  /** `3.11-cpython-311-x86_64-linux-gnu` */
  readonly label: string
}

async function inspect(set: PackageSet, machine: Machine): Promise<PartState> {
  const { name, variable, version } = set
  const place = given(machine, variable)
  if (place !== undefined) {
    if (!machine.isFolder(join(place, set.holds))) return givenWrongly(name, variable, `a folder with ${set.holds}`)
    return { name, version: '', source: 'given', path: place, state: `${place}, given by ${variable}` }
  }
  const python = await askPython(machine)
  if (python === undefined) {
    const state = 'no python3 that works was found on PATH'
    return { ...missing(name, state), fix: 'install Python 3.10 or later, then onceproof setup' }
  }
  const cached = findCached(machine, `${set.prefix}python-${python.label}`)
  if (cached === undefined || cached.version !== version) {
    return missing(name, `${version} ${version.includes(',') ? 'are' : 'is'} not installed for ${python.path}`)
  }
  return {
    name, version, source: 'cache', path: cached.folder,
    state: `${version} for ${python.path}, in ${cached.folder}`,
  }
}

const asked = new WeakMap<Machine, Promise<Python | undefined>>()

function askPython(machine: Machine): Promise<Python | undefined> {
  const answer = asked.get(machine) ?? askOnce(machine)
  asked.set(machine, answer)
  return answer
}

async function askOnce(machine: Machine): Promise<Python | undefined> {
  const onPath = machine.find('python3')
  if (onPath === undefined) return undefined
  const { code, stdout } = await machine.run([onPath, '-c', ASK])
  const [path, version, abi] = stdout.trim().split('\n')
  if (code !== 0 || path === undefined || version === undefined || abi === undefined) return undefined
  return { path, label: `${version}-${abi}` }
}

function plan(set: PackageSet, machine: Machine, found: PartState): PlanLine {
  if (found.source !== 'missing') return nothingToDo(found)
  if (machine.find('python3') === undefined) {
    return {
      part: set.name, action: set.dispensable ? 'none' : 'impossible',
      text: `${set.name}: ${found.state}; ${set.only}`,
    }
  }
  const shown = set.dispensable ? set.version.split(', ').map((one) => one.replace(' ', '==')) : set.pinned
  return {
    part: set.name, action: 'install',
    text: `${set.name}: pip install ${shown.join(' ')} into a folder of ${cacheFolder(machine)}`,
  }
}

async function install(set: PackageSet, machine: Machine, onLine: (line: string) => void): Promise<void> {
  const python = await askPython(machine)
  await installInto(machine, async (folder) => {
    await runOrExplain(machine, {
      name: 'pip install',
      command: [python?.path ?? 'python3', '-m', 'pip', 'install', '--no-input', '--target', folder, ...set.pinned],
      advice: `installing pip (Debian: apt-get install python3-pip), or give ${set.variable} as a folder with all`,
      how: { onLine, env: { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' } },
    })
    const name = `${set.prefix}python-${python?.label ?? ''}`
    return { entry: `${name}-packages`, name, version: set.version }
  })
}
