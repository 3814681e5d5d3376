/**
 * From what a person types after `replay` to a file: a path, or the id of a finding of the newest runs.
 *
 * An id is stable over runs, so the newest run that has it is meant. Looks into the reports of the caller's folder and
 * into the run folder that is named, nowhere else.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../lib/errors.ts'
import { suggestion } from '../lib/nearest.ts'
import { REPRO_FOLDER } from './run-folder.ts'

/** Path of the file. Throws UsageError with the near ids when there is none. */
export function findRepro(target: string, reports: string): string {
  if (existsSync(target) && statSync(target).isFile()) return target
  if (/[/\\]|\.json$/.test(target)) throw new UsageError(`there is no file ${target}`)
  const files = runsOf(reports).flatMap(reprosOf)
  const found = files.find((file) => idOf(file) === target)
  if (found !== undefined) return found
  const known = [...new Set(files.map(idOf))]
  throw new UsageError(known.length === 0
    ? `there is no finding '${target}' under ${reports}; name the file repro/${target}.json`
    : `there is no finding '${target}' under ${reports}${suggestion(target, known)}`)
}

/** Newest first: names begin with the time, and folders of --out come by their time of change. */
function runsOf(reports: string): string[] {
  if (!existsSync(reports)) return []
  return readdirSync(reports).filter((name) => name !== 'latest').map((name) => join(reports, name))
    .filter((path) => statSync(path).isDirectory())
    .map((path) => ({ path, changed: statSync(path).mtimeMs }))
    .sort((a, b) => b.changed - a.changed || (a.path < b.path ? 1 : -1))
    .map(({ path }) => path)
}

function reprosOf(run: string): string[] {
  const folders = [run, ...readdirSync(run).map((name) => join(run, name))]
  return folders.map((folder) => join(folder, REPRO_FOLDER)).filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => join(folder, name)))
}

function idOf(file: string): string {
  return file.replace(/^.*[/\\]/, '').replace(/\.json$/, '')
}
