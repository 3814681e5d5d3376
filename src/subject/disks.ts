/**
 * Disks: what a subject's process finds where the process before it has written, in two folders: its own
 * (`{{incarnation.dir}}`) and the temporary one (TMPDIR).
 *
 * A process that is killed leaves its disk behind, and the one that follows it on the same machine finds it; a
 * rescheduled one finds an empty disk. Two that live at once share none. Who gets which is not decided here.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

export interface Disk {
  readonly dir: string
  readonly tmp: string
}

/** Caches that interpreters fill by themselves: nothing that a subject would miss. */
const noise = /^(?:node-compile-cache|v8-compile-cache.*|node-jiti|jiti|tsx-\d+|hsperfdata_.*|__pycache__)$/

/** The folders of a disk, which are there afterwards. */
export async function openDisk(root: string, name: string): Promise<Disk> {
  const disk = placeOf(root, name)
  await Promise.all([mkdir(disk.dir, { recursive: true }), mkdir(disk.tmp, { recursive: true })])
  return disk
}

/** Removes all that lies on a disk. */
export async function wipeDisk(root: string, name: string): Promise<void> {
  const { dir, tmp } = placeOf(root, name)
  await Promise.all([dir, tmp].map((folder) => rm(folder, { recursive: true, force: true })))
  await openDisk(root, name)
}

/** Anything at all lies on it; empty folders and the caches of interpreters are nothing. */
export async function isDiskUsed(root: string, name: string): Promise<boolean> {
  const { dir, tmp } = placeOf(root, name)
  return await holdsAnything(dir) || await holdsAnything(tmp)
}

function placeOf(root: string, name: string): Disk {
  // Names are the harness's own and can be long; a socket in a temporary folder must not be (108 bytes).
  const folder = join(root, createHash('sha256').update(name).digest('hex').slice(0, 12))
  return { dir: join(folder, 'dir'), tmp: join(folder, 'tmp') }
}

async function holdsAnything(folder: string): Promise<boolean> {
  // A folder that is not there, or has gone meanwhile, holds nothing.
  const found = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const entries = found.filter(({ name }) => !noise.test(name))
  if (entries.some((entry) => !entry.isDirectory())) return true
  for (const { name } of entries) if (await holdsAnything(join(folder, name))) return true
  return false
}
