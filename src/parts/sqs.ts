/**
 * LocalStack for SQS alone, installed by the person's own pip beside an interpreter's packages and not among them. The
 * part has the kind's name, `sqs`, because a stack's server is made of the part of its kind; ONCEPROOF_SQS may also
 * say `elasticmq`, and the part is then what the part of that name is. A state's path is the program that runs Python
 * with LocalStack's packages; its version begins with the name of the emulator.
 *
 * The package says Python 3.10, but its SQS is written in PEP 695's syntax, which is 3.12's, and takes `deprecated`
 * from `warnings`, which is 3.13's: that one is put there for 3.12, which is what an Ubuntu of 2024 has.
 *
 * What a first start would compute anew in each stack is made here once: the index of all services' operations (2.1 s
 * of processor time and a peak of 490 MB, measured) and a certificate that nobody asks for, but that it insists on.
 */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PartState } from '../model/part.ts'
import { cacheFolder, findCached, installInto } from './cache.ts'
import { elasticmqPart } from './sqs-elasticmq.ts'
import { LOCALSTACK_VERSION, localstackPackages, localstackPins } from './sqs-localstack-pins.ts'
import type { Machine } from './machine.ts'
import {
  given, givenUrl, givenWrongly, isUrl, missing, nothingToDo, SETUP, type Part, type PlanLine,
} from './part.ts'
import { copyInterpreter, findInterpreter, isForServers, type Interpreter } from './python-interpreter.ts'
import { runOrExplain } from './tool.ts'

const NAME = 'sqs'
const CACHED = 'localstack'
const VARIABLE = 'ONCEPROOF_SQS'
const SHOWN = `localstack ${LOCALSTACK_VERSION}`
/** In this order; the first two were tried. */
const PYTHONS = ['3.13', '3.12', '3.14']
const SCRIPT = 'python'

export const sqsPart: Part = { name: NAME, inspect, plan, install }

async function inspect(machine: Machine): Promise<PartState> {
  const place = given(machine, VARIABLE)
  if (place !== undefined && isUrl(place)) return givenUrl(NAME, VARIABLE, place)
  if (place === 'elasticmq') {
    const state = await elasticmqPart.inspect(machine)
    return { ...state, name: NAME, version: `elasticmq ${state.version}`.trim() }
  }
  if (place !== undefined && place !== 'localstack') {
    const path = [place, join(place, SCRIPT), join(place, 'bin/python')].find((file) => machine.isProgram(file))
    if (path === undefined) return givenWrongly(NAME, VARIABLE, 'a Python with LocalStack (or elasticmq, or a URL)')
    return found(machine, path)
  }
  return cached(machine)
}

async function cached(machine: Machine): Promise<PartState> {
  const cache = findCached(machine, CACHED)
  const path = cache?.version === LOCALSTACK_VERSION ? join(cache.folder, SCRIPT) : undefined
  if (cache === undefined || path === undefined || !machine.isProgram(path)) {
    return absent(machine, 'LocalStack is not installed')
  }
  const interpreter = /^exec "(\/[^"]+)"/m.exec(machine.read(path) ?? '')?.[1]
  if (interpreter !== undefined && !machine.isProgram(interpreter)) {
    return absent(machine, `the Python that LocalStack was installed for is gone: ${interpreter}`)
  }
  return { name: NAME, version: SHOWN, source: 'cache', path, state: `LocalStack ${cache.version} in ${cache.folder}` }
}

async function absent(machine: Machine, state: string): Promise<PartState> {
  const python = await findInterpreter(machine, PYTHONS)
  if (python !== undefined) return missing(NAME, state)
  const why = `${state}, and no Python 3.12 or later was found on PATH or in pyenv`
  return { ...missing(NAME, why), fix: `install Python 3.12 or later, then ${SETUP}` }
}

async function found(machine: Machine, path: string): Promise<PartState> {
  const { code, stdout } = await machine.run([path, '-c', 'from localstack.version import version; print(version)'])
  if (code !== 0) return givenWrongly(NAME, VARIABLE, 'a Python that has LocalStack')
  const version = stdout.trim()
  const state = `LocalStack ${version} of ${path}, given by ${VARIABLE}`
  return { name: NAME, version: `localstack ${version}`, source: 'given', path, state }
}

function plan(machine: Machine, state: PartState): PlanLine {
  if (state.source !== 'missing') return nothingToDo(state)
  if (state.version.startsWith('elasticmq')) {
    return { part: NAME, action: 'none', text: `sqs: nothing to do but elasticmq, which ${VARIABLE} names` }
  }
  if (state.fix !== SETUP) {
    return {
      part: NAME, action: 'impossible',
      text: `sqs: ${state.state}; ${state.fix}, or give ${VARIABLE} as an http:// URL of any SQS, as elasticmq, or as `
        + 'the folder of a virtual environment with LocalStack',
    }
  }
  return {
    part: NAME, action: 'install',
    text: `sqs: pip install localstack-core[base-runtime]==${LOCALSTACK_VERSION} (170 MB) into `
      + join(cacheFolder(machine), `${CACHED}-${LOCALSTACK_VERSION}`),
  }
}

async function install(machine: Machine, onLine: (line: string) => void): Promise<void> {
  const python = await findInterpreter(machine, PYTHONS)
  await installInto(machine, async (folder) => {
    const constraints = join(folder, 'constraints.txt')
    writeFileSync(constraints, `${localstackPins.join('\n')}\n`)
    await runOrExplain(machine, {
      name: 'pip install',
      command: [
        python?.path ?? 'python3', '-m', 'pip', 'install', '--no-input', '--target', join(folder, 'packages'),
        '--constraint', constraints, ...localstackPackages,
      ],
      advice: `installing pip (Debian: apt-get install python3-pip), or give ${VARIABLE} as a URL of any SQS`,
      how: { onLine, env: { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' } },
    })
    writeFileSync(join(folder, 'packages/sitecustomize.py'), CUSTOMIZE)
    if (python !== undefined) await writeScript(machine, folder, python)
    await writeSeed(machine, folder)
    return { entry: `${CACHED}-${LOCALSTACK_VERSION}`, name: CACHED, version: LOCALSTACK_VERSION }
  })
}

/** Python runs a module of this name before anything else. */
const CUSTOMIZE = `import warnings
if not hasattr(warnings, 'deprecated'):
    from typing_extensions import deprecated
    warnings.deprecated = deprecated
`

/** It finds its folder by its own name, since the folder is renamed when it is whole. */
async function writeScript(machine: Machine, folder: string, python: Interpreter): Promise<void> {
  const isForAll = await isForServers(machine, python)
  if (!isForAll) copyInterpreter(machine, python, join(folder, 'base'))
  const script = join(folder, SCRIPT)
  writeFileSync(script, [
    '#!/bin/sh',
    'here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)',
    'export PYTHONPATH="$here/packages"',
    ...isForAll ? [] : ['export LD_LIBRARY_PATH="$here/base/lib"'],
    `exec "${isForAll ? python.path : `$here/base/bin/python${python.version}`}" "$@"`,
    '',
  ].join('\n'))
  chmodSync(script, 0o755)
}

const SEED = `
from localstack import config
from localstack.aws import spec
from localstack.utils.ssl import create_ssl_cert
import localstack.services.sqs.provider, localstack.runtime.server.twisted
config.dirs.mkdirs()
spec.main()
create_ssl_cert()
`

/** Runs where it will be read from later, except for the folder's name: proof that it can be moved. */
async function writeSeed(machine: Machine, folder: string): Promise<void> {
  const seed = join(folder, 'seed')
  mkdirSync(seed)
  await runOrExplain(machine, {
    name: 'LocalStack', command: [join(folder, SCRIPT), '-c', SEED],
    advice: `another Python (3.12 and 3.13 were tried), or give ${VARIABLE} as a URL of any SQS`,
    how: { cwd: folder, env: { FILESYSTEM_ROOT: seed, OVERRIDE_IN_DOCKER: '0', HOME: seed } },
  })
  // Where Python's packages lie is remembered there, and that is about to change.
  rmSync(join(seed, '.cache'), { recursive: true, force: true })
}
