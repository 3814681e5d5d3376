/**
 * Debian packages without installing them: apt with a state and cache of its own, in a folder that is thrown away.
 *
 * It uses the person's sources, keys, proxies and credentials, works where the system's package lists are empty, and
 * needs no root. Hooks of the system's configuration are left out (they clean caches and refresh catalogues, which
 * are the system's). The dpkg status is /dev/null, so a plan names every package down to libc whatever is installed.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EnvironmentError } from '../lib/errors.ts'
import type { Machine, ToolEnd } from './machine.ts'
import { lastErrorLine, runOrExplain } from './tool.ts'

/** Settings of the person's that matter for fetching; everything else falls back to apt's own defaults. */
const KEPT = /^(Acquire::(?!IndexTargets)|APT::Architecture|APT::Default-Release|Dir::Etc::(?!main|parts))/

export interface Apt {
  /** Names of all packages that installing `name` would bring, itself included. */
  closure(name: string): Promise<readonly string[]>
  /** Downloads packages and unpacks them into a folder; runs none of their scripts. */
  unpack(names: readonly string[], into: string): Promise<void>
}

/** Fetches package lists into the folder. `advice` ends the sentence of a failure. */
export async function openApt(machine: Machine, folder: string, advice: string): Promise<Apt> {
  const config = await writeConfig(machine, folder)
  const env = { APT_CONFIG: config, LC_ALL: 'C' }
  // One dead source among many must not matter, so what update says counts only if the package can't be found then.
  const update = await machine.run(['apt-get', 'update', '-q'], { env })
  return {
    closure: async (name) => {
      const plan = await machine.run(
        ['apt-get', 'install', '-qq', '--no-install-recommends', '--print-uris', name], { env },
      )
      if (plan.code !== 0) throw unavailable(name, update, plan, advice)
      return parseUris(plan.stdout)
    },
    unpack: async (names, into) => {
      const debs = join(folder, `debs-${names.length}`)
      mkdirSync(debs, { recursive: true })
      mkdirSync(into, { recursive: true })
      await runOrExplain(machine, {
        name: 'apt-get download', command: ['apt-get', 'download', '-qq', ...names], advice, how: { env, cwd: debs },
      })
      for (const deb of machine.names(debs).filter((file) => file.endsWith('.deb'))) {
        await runOrExplain(machine, { name: `dpkg -x ${deb}`, command: ['dpkg', '-x', join(debs, deb), into], advice })
      }
    },
  }
}

/** Written out whole and read instead of the system's: hooks can't be taken back once they are read. */
async function writeConfig(machine: Machine, folder: string): Promise<string> {
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'none']) {
    mkdirSync(join(folder, part), { recursive: true })
  }
  const { stdout } = await machine.run(['apt-config', 'dump'], { env: { LC_ALL: 'C' } })
  const config = join(folder, 'apt.conf')
  writeFileSync(config, [
    ...stdout.split('\n').filter((line) => KEPT.test(line)),
    'Dir::Etc::main "/dev/null";',
    `Dir::Etc::parts "${join(folder, 'none')}";`,
    `Dir::State "${join(folder, 'state')}";`,
    'Dir::State::status "/dev/null";',
    `Dir::Cache "${join(folder, 'cache')}";`,
    'Acquire::Languages "none";',
    'APT::Sandbox::User "";',
    '',
  ].join('\n'))
  return config
}

/** `'http://.../erlang-base_25_amd64.deb' erlang-base_1%3a25_amd64.deb 9697280 MD5Sum:...` per package. */
export function parseUris(text: string): string[] {
  return text.split('\n').flatMap((line) => /^'[^']*' ([a-z0-9][a-z0-9.+-]*)_\S+\.deb /.exec(line)?.[1] ?? [])
}

function unavailable(name: string, update: ToolEnd, plan: ToolEnd, advice: string): EnvironmentError {
  const updated = update.code === 0 ? ''
    : `; apt-get update said: ${lastErrorLine(`${update.stdout}\n${update.stderr}`)}`
  const said = lastErrorLine(`${plan.stdout}\n${plan.stderr}`)
  return new EnvironmentError(`apt-get can't find ${name} (${said}${updated}); try ${advice}`)
}
