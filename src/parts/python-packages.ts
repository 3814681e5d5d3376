/**
 * The client libraries of the shipped Python subject, installed by the person's own pip beside their interpreter's
 * packages and not among them. A state's path is the folder for PYTHONPATH.
 *
 * Binary wheels fit one version and one ABI, so the folder is named by both. `python3` on PATH may be a shim (pyenv,
 * asdf) that costs 0.4 s per start: the interpreter itself is asked who it is, and that one is used.
 */
import { join } from 'node:path'
import type { PartState } from '../model/part.ts'
import { cacheFolder, findCached, installInto } from './cache.ts'
import type { Machine } from './machine.ts'
import { given, givenWrongly, missing, nothingToDo, type Part, type PlanLine } from './part.ts'
import { runOrExplain } from './tool.ts'

const NAME = 'python-packages'
const VARIABLE = 'ONCEPROOF_PYTHON_PACKAGES'
const PINNED = ['pika==1.4.4', 'psycopg[binary]==3.3.9', 'typing-extensions==4.16.0']
const VERSION = 'pika 1.4.4, psycopg 3.3.9'

const ASK = `import sys, sysconfig; print(sys.executable); print('%d.%d' % sys.version_info[:2]); `
  + `print(sysconfig.get_config_var('SOABI') or sys.implementation.cache_tag)`

interface Python {
  readonly path: string
  /** `3.11-cpython-311-x86_64-linux-gnu` */
  readonly label: string
}

export const pythonPackagesPart: Part = { name: NAME, inspect, plan, install }

async function inspect(machine: Machine): Promise<PartState> {
  const place = given(machine, VARIABLE)
  if (place !== undefined) {
    if (!machine.isFolder(join(place, 'pika'))) return givenWrongly(NAME, VARIABLE, 'a folder with pika')
    return { name: NAME, version: '', source: 'given', path: place, state: `${place}, given by ${VARIABLE}` }
  }
  const python = await askPython(machine)
  if (python === undefined) {
    const state = 'no python3 that works was found on PATH'
    return { ...missing(NAME, state), fix: 'install Python 3.10 or later, then onceproof setup' }
  }
  const cached = findCached(machine, `python-${python.label}`)
  if (cached === undefined || cached.version !== VERSION) {
    return missing(NAME, `${VERSION} are not installed for ${python.path}`)
  }
  return {
    name: NAME, version: VERSION, source: 'cache', path: cached.folder,
    state: `${VERSION} for ${python.path}, in ${cached.folder}`,
  }
}

async function askPython(machine: Machine): Promise<Python | undefined> {
  const onPath = machine.find('python3')
  if (onPath === undefined) return undefined
  const { code, stdout } = await machine.run([onPath, '-c', ASK])
  const [path, version, abi] = stdout.trim().split('\n')
  if (code !== 0 || path === undefined || version === undefined || abi === undefined) return undefined
  return { path, label: `${version}-${abi}` }
}

function plan(machine: Machine, found: PartState): PlanLine {
  if (found.source !== 'missing') return nothingToDo(found)
  if (machine.find('python3') === undefined) {
    return {
      part: NAME, action: 'impossible',
      text: `python-packages: ${found.state}; only the shipped Python subject needs them`,
    }
  }
  return {
    part: NAME, action: 'install',
    text: `python-packages: pip install ${PINNED.join(' ')} into a folder of ${cacheFolder(machine)}`,
  }
}

async function install(machine: Machine, onLine: (line: string) => void): Promise<void> {
  const python = await askPython(machine)
  await installInto(machine, async (folder) => {
    await runOrExplain(machine, {
      name: 'pip install',
      command: [python?.path ?? 'python3', '-m', 'pip', 'install', '--no-input', '--target', folder, ...PINNED],
      advice: `installing pip (Debian: apt-get install python3-pip), or give ${VARIABLE} as a folder with both`,
      how: { onLine, env: { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' } },
    })
    const name = `python-${python?.label ?? ''}`
    return { entry: `${name}-packages`, name, version: VERSION }
  })
}
