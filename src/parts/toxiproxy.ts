/**
 * Toxiproxy: built by the person's own Go (their GOPROXY, GOFLAGS and checksums apply), or a `toxiproxy-server` of
 * the system. A state's path is the binary; `go install` names it `server` after its package.
 */
import { join } from 'node:path'
import type { PartState } from '../model/part.ts'
import { cacheFolder, findCached, installInto } from './cache.ts'
import type { Machine } from './machine.ts'
import { given, givenUrl, givenWrongly, isUrl, missing, nothingToDo, type Part, type PlanLine } from './part.ts'
import { runOrExplain } from './tool.ts'

const NAME = 'toxiproxy'
const VARIABLE = 'ONCEPROOF_TOXIPROXY'
const VERSION = '2.12.0'
const PACKAGE = `github.com/Shopify/toxiproxy/v2/cmd/server@v${VERSION}`

export const toxiproxyPart: Part = { name: NAME, inspect, plan, install }

async function inspect(machine: Machine): Promise<PartState> {
  const place = given(machine, VARIABLE)
  if (place !== undefined && isUrl(place)) return givenUrl(NAME, VARIABLE, place)
  if (place !== undefined) {
    const path = [place, join(place, 'toxiproxy-server'), join(place, 'server')].find((file) => machine.isProgram(file))
    if (path === undefined) return givenWrongly(NAME, VARIABLE, 'toxiproxy-server')
    const version = await versionOf(machine, path)
    const state = `Toxiproxy ${version} at ${path}, given by ${VARIABLE}`
    return { name: NAME, version, source: 'given', path, state }
  }
  const cached = findCached(machine, NAME)
  const path = cached === undefined ? undefined : join(cached.folder, 'server')
  if (cached !== undefined && path !== undefined && machine.isProgram(path)) {
    const { version, folder } = cached
    return { name: NAME, version, source: 'cache', path, state: `Toxiproxy ${version} in ${folder}` }
  }
  const system = machine.find('toxiproxy-server')
  if (system === undefined) return missing(NAME, 'no toxiproxy-server was found on PATH')
  const version = await versionOf(machine, system)
  const state = `Toxiproxy ${version} of the system, at ${system}`
  return { name: NAME, version, source: 'system', path: system, state }
}

/** `toxiproxy-server version 2.12.0`; builds without the version's linker flag say `git`. */
async function versionOf(machine: Machine, path: string): Promise<string> {
  const { stdout } = await machine.run([path, '-version'])
  return /version\s+v?(\S+)/.exec(stdout)?.[1] ?? ''
}

function plan(machine: Machine, found: PartState): PlanLine {
  if (found.source !== 'missing') return nothingToDo(found)
  if (machine.find('go') === undefined) {
    return {
      part: NAME, action: 'impossible',
      text: `toxiproxy: go was not found on PATH; install Go 1.23 or later, or put toxiproxy-server on PATH, or give `
        + `${VARIABLE} as a path or http:// URL`,
    }
  }
  return {
    part: NAME, action: 'install',
    text: `toxiproxy: go install ${PACKAGE} into ${join(cacheFolder(machine), `${NAME}-${VERSION}`)}`,
  }
}

async function install(machine: Machine, onLine: (line: string) => void): Promise<void> {
  await installInto(machine, async (folder) => {
    await runOrExplain(machine, {
      name: 'go install',
      command: ['go', 'install', `-ldflags=-s -w -X github.com/Shopify/toxiproxy/v2.Version=${VERSION}`, PACKAGE],
      advice: `it by hand, or put toxiproxy-server on PATH, or give ${VARIABLE} as a path or http:// URL`,
      how: { env: { GOBIN: folder }, onLine },
    })
    return { entry: `${NAME}-${VERSION}`, name: NAME, version: VERSION }
  })
}
