/**
 * RabbitMQ with its Erlang: Debian's packages unpacked into the cache, which installs no service and touches nothing
 * of the system; or what the system has. A state's path is RabbitMQ's home, the folder that holds `sbin`; where an
 * Erlang belongs to it, that lies at ../../../erlang, in Debian's own layout as in ours.
 *
 * Two things are changed in our copy. Debian writes Erlang's place into its start script; ours reads ERL_ROOTDIR.
 * And RabbitMQ reads every plugin that lies in its plugins folder at each start: with only those that the management
 * plugin needs, it is ready in 3.3 s instead of 5.2 (measured on two cores); the others lie beside in plugins-other.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { EnvironmentError } from '../lib/errors.ts'
import type { PartState } from '../model/part.ts'
import { openApt, type Apt } from './apt.ts'
import { cacheFolder, findCached, installInto } from './cache.ts'
import { neededPlugins } from './erlang-app.ts'
import { addLibraries, libraryPath } from './libraries.ts'
import type { Machine } from './machine.ts'
import { given, givenUrl, givenWrongly, isUrl, missing, nothingToDo, type Part, type PlanLine } from './part.ts'
import { runOrExplain } from './tool.ts'

const NAME = 'rabbitmq'
const VARIABLE = 'ONCEPROOF_RABBITMQ'
const MANAGEMENT_VARIABLE = 'ONCEPROOF_RABBITMQ_MANAGEMENT'
const ADVICE = `a Debian or Ubuntu with working apt sources, or give ${VARIABLE} as a path or amqp:// URL`
/** Where packages keep RabbitMQ's versions. */
const HOMES = 'usr/lib/rabbitmq/lib'
const PLUGINS = ['rabbit', 'rabbitmq_management', 'rabbitmq_prelaunch']

export const rabbitmqPart: Part = { name: NAME, inspect, plan, install }

async function inspect(machine: Machine): Promise<PartState> {
  const place = given(machine, VARIABLE)
  if (place !== undefined && isUrl(place)) return givenServer(machine, place)
  if (place !== undefined) {
    const home = findHome(machine, place)
    if (home === undefined) return givenWrongly(NAME, VARIABLE, 'a folder with sbin/rabbitmq-server')
    return found('given', home, `, given by ${VARIABLE}`)
  }
  const cached = findCached(machine, NAME)
  const home = cached === undefined ? undefined : findHome(machine, cached.folder)
  if (home !== undefined) return found('cache', home, '')
  const system = findHome(machine, '/')
  if (system === undefined) return missing(NAME, 'no RabbitMQ was found')
  if (machine.find('erl') === undefined && !machine.isProgram(join(system, '../../../erlang/bin/erl'))) {
    return missing(NAME, `RabbitMQ is at ${system}, but no Erlang was found`)
  }
  return found('system', system, ' of the system')
}

function givenServer(machine: Machine, url: string): PartState {
  const managementUrl = given(machine, MANAGEMENT_VARIABLE)
  if (managementUrl !== undefined) return { ...givenUrl(NAME, VARIABLE, url), managementUrl }
  return {
    name: NAME, version: '', source: 'missing',
    state: `${VARIABLE} names a running server, but ${MANAGEMENT_VARIABLE} does not say where its management is`,
    fix: `set ${MANAGEMENT_VARIABLE} to its http:// address`,
  }
}

function found(source: 'cache' | 'system' | 'given', home: string, how: string): PartState {
  const version = /rabbitmq_server-([\w.]+)/.exec(home)?.[1] ?? ''
  return { name: NAME, version, source, path: home, state: `RabbitMQ ${version} at ${home}${how}` }
}

/** The home may be given itself, or any folder that it lies in as packages lay it out. */
function findHome(machine: Machine, place: string): string | undefined {
  const versions = join(place, HOMES)
  const homes = [place, dirname(place), ...machine.names(versions).toReversed().map((name) => join(versions, name))]
  return homes.find((home) => machine.isProgram(join(home, 'sbin/rabbitmq-server'))
    && machine.isFolder(join(home, 'plugins')))
}

function plan(machine: Machine, state: PartState): PlanLine {
  if (state.source !== 'missing') return nothingToDo(state)
  const absent = ['apt-get', 'apt-config', 'dpkg'].filter((tool) => machine.find(tool) === undefined)
  if (absent.length > 0) {
    return {
      part: NAME, action: 'impossible',
      text: `rabbitmq: ${absent.join(' and ')} not found on PATH; give ${VARIABLE} as a path or amqp:// URL`,
    }
  }
  return {
    part: NAME, action: 'install',
    text: `rabbitmq: apt-get download rabbitmq-server and its Erlang (40 MB) and unpack them into `
      + `${cacheFolder(machine)}; nothing is installed in the system, no service is enabled`,
  }
}

async function install(machine: Machine): Promise<void> {
  await installInto(machine, async (folder) => {
    const scratch = join(folder, 'apt')
    const apt = await openApt(machine, scratch, ADVICE)
    const packages = await apt.closure('rabbitmq-server')
    await apt.unpack(packages.filter((name) => name === 'rabbitmq-server' || name.startsWith('erlang-')), folder)
    const home = findHome(machine, folder)
    if (home === undefined) throw new EnvironmentError(`apt-get's rabbitmq-server holds no server; try ${ADVICE}`)
    mendErlang(machine, folder)
    await erlangLibraries(machine, apt, { folder, packages })
    keepPlugins(machine, home)
    await proveErlang(machine, folder)
    rmSync(scratch, { recursive: true, force: true })
    rmSync(join(folder, 'usr/share'), { recursive: true, force: true })
    rmSync(join(folder, 'etc'), { recursive: true, force: true })
    const version = /rabbitmq_server-([\w.]+)/.exec(home)?.[1] ?? 'unknown'
    return { entry: `${NAME}-${version}`, name: NAME, version }
  })
}

function mendErlang(machine: Machine, folder: string): void {
  const erlang = join(folder, 'usr/lib/erlang')
  const runtimes = machine.names(erlang).filter((name) => name.startsWith('erts-')).map((name) => join(name, 'bin'))
  for (const bin of ['bin', ...runtimes]) {
    const script = join(erlang, bin, 'erl')
    if (!existsSync(script)) continue
    const text = readFileSync(script, 'utf8').replaceAll('ROOTDIR=/usr/lib/erlang', 'ROOTDIR="$ERL_ROOTDIR"')
    writeFileSync(script, text)
  }
}

async function erlangLibraries(
  machine: Machine, apt: Apt, from: { readonly folder: string; readonly packages: readonly string[] },
): Promise<void> {
  const erlang = join(from.folder, 'usr/lib/erlang')
  const { stdout } = await machine.run(['find', erlang, '-name', 'beam.smp', '-o', '-name', 'epmd', '-type', 'f', '-o',
    '-name', 'erlexec', '-o', '-name', 'inet_gethost', '-o', '-path', '*/priv/lib/crypto.so'])
  const files = stdout.split('\n').filter((file) => file !== '')
  const still = await addLibraries(machine, apt, { ...from, files })
  if (still.length === 0) return
  throw new EnvironmentError(`Erlang needs ${still.join(', ')}; try apt-get install libssl3 libtinfo6 libsystemd0`)
}

function keepPlugins(machine: Machine, home: string): void {
  const plugins = join(home, 'plugins')
  const apps = new Map(machine.names(plugins).flatMap((entry) => {
    const ebin = join(plugins, entry, 'ebin')
    const app = machine.names(ebin).find((file) => file.endsWith('.app'))
    return app === undefined ? [] : [[basename(app, '.app'), { entry, text: readFileSync(join(ebin, app), 'utf8') }]]
  }))
  const needed = neededPlugins(new Map([...apps].map(([name, { text }]) => [name, text])), PLUGINS)
  const others = join(home, 'plugins-other')
  mkdirSync(others)
  for (const [name, { entry }] of apps) {
    if (!needed.has(name)) renameSync(join(plugins, entry), join(others, entry))
  }
}

/** Starts it where it will be read from later, except for the folder's name: proof that it can be moved. */
async function proveErlang(machine: Machine, folder: string): Promise<void> {
  const erlang = join(folder, 'usr/lib/erlang')
  await runOrExplain(machine, {
    name: 'erl',
    command: [join(erlang, 'bin/erl'), '-noshell', '-eval', 'ok = crypto:start(), halt(0).'],
    advice: 'apt-get install libssl3 libtinfo6 libsystemd0',
    how: { env: { ERL_ROOTDIR: erlang, ...libraryPath(machine, folder) }, cwd: folder },
  })
}
