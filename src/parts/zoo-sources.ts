/**
 * Consumers of the zoo that have to be compiled: where their sources lie, and a short name for what they say. A build
 * is kept under that name, so that a changed source is missed until setup runs again.
 */
import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { packageFolder } from '../lib/package-info.ts'
import type { Machine } from './machine.ts'

/** Folder of the zoo, where there is one. */
export const zooFolder = join(packageFolder, 'suites', 'zoo')

/** `correct/go-kafka-inbox/consumer.go`, relative to the zoo. */
export function sourcesOf(machine: Machine, ending: string): readonly string[] {
  const folders = below(machine, '').flatMap((anomaly) => below(machine, anomaly))
  return folders.flatMap((folder) => machine.names(join(zooFolder, folder))
    .filter((name) => name.endsWith(ending)).map((name) => join(folder, name)))
}

/** Says the same for the same sources and the same `rest`, which is what else a build depends on. */
export function stampOf(machine: Machine, sources: readonly string[], rest: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(rest))
  for (const source of sources) hash.update(JSON.stringify([source, machine.read(join(zooFolder, source)) ?? '']))
  return hash.digest('hex').slice(0, 12)
}

/** Where a build puts what it makes of a source: `correct/go-kafka-inbox/consumer`. */
export function builtName(source: string, ending: string): string {
  return join(source, '..', basename(source, ending))
}

function below(machine: Machine, folder: string): readonly string[] {
  return machine.names(join(zooFolder, folder)).map((name) => join(folder, name))
    .filter((path) => machine.isFolder(join(zooFolder, path)))
}
