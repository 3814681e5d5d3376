/**
 * The environment that the caller had before npm put its own on top: a subject runs as it would from the caller's
 * shell, with the caller's interpreters, and not with the Node that the harness brings.
 *
 * npm adds `npm_*` variables, a few unprefixed ones, and to PATH the `node_modules/.bin` of every folder upwards and a
 * `node-gyp-bin` of its own (@npmcli/run-script, set-path.js; @npmcli/config, set-envs.js).
 */
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join, sep } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** `env` without what npm and the harness's own start added to it. `ownNode` is the Node that runs the harness. */
export function callerEnvironment(env: Environment, ownNode: string = process.execPath): Record<string, string> {
  const isNpm = Object.keys(env).some((name) => /^npm_(?:execpath|command|lifecycle_event)$/.test(name))
  const kept = Object.entries(env).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || /^npm_/i.test(name) || (isNpm && isNpmOwn(name, value, env))) return []
    return [[name, name === 'PATH' ? callerPath(value, isNpm, ownNode) : value]]
  })
  return Object.fromEntries(kept)
}

/** Names without a prefix that npm sets; only with the value that it gives them. */
function isNpmOwn(name: string, value: string, env: Environment): boolean {
  if (name === 'NODE') return value === env['npm_node_execpath']
  if (name === 'NODE_OPTIONS') return value === env['npm_config_node_options']
  return name === 'INIT_CWD' || name === 'COLOR'
}

function callerPath(path: string, isNpm: boolean, ownNode: string): string {
  return path.split(delimiter)
    .filter((folder) => !(isNpm && isNpmFolder(folder)) && !bringsOwnNode(folder, ownNode))
    .join(delimiter)
}

function isNpmFolder(folder: string): boolean {
  const parts = folder.split(sep).filter((part) => part !== '')
  return parts.at(-1) === 'node-gyp-bin' || (parts.at(-1) === '.bin' && parts.at(-2) === 'node_modules')
}

/** A folder under node_modules whose `node` is the one that runs us: it came with the package, not from the caller. */
function bringsOwnNode(folder: string, ownNode: string): boolean {
  if (!folder.split(sep).includes('node_modules')) return false
  const node = join(folder, 'node')
  return existsSync(node) && realpathSync(node) === realpathSync(ownNode)
}
