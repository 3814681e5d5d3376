/**
 * Reads a suite file of any spelling to plain JSON, or says in one sentence why it can't.
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { UsageError } from '../lib/errors.ts'
import { nearestNames } from '../lib/nearest.ts'
import { importDefault } from './import-module.ts'
import { toPlainJson } from './plain-json.ts'

const moduleExtensions = ['.ts', '.mts', '.js', '.mjs']
const extensions = [...moduleExtensions, '.yaml', '.yml', '.json']

export interface SuiteFile {
  /** Absolute. */
  readonly file: string
  /** The way the caller would write it: relative where that is shorter. */
  readonly shown: string
  readonly content: unknown
}

export async function readSuiteFile(path: string): Promise<SuiteFile> {
  const file = resolve(path)
  const shown = shownPath(file)
  await checkIsFile(file, shown)
  return { file, shown, content: toPlainJson(await readContent(file, shown), shown) }
}

export function shownPath(file: string): string {
  const near = relative(process.cwd(), file)
  return near === '' || near.startsWith('..') ? file : near
}

/** The text of a file that a suite names, or a sentence about the place that names it. */
export async function readNamedFile(file: string, where: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${where}: ${await absence(file)}`, { cause: error })
  }
}

async function readContent(file: string, shown: string): Promise<unknown> {
  const extension = extname(file)
  if (moduleExtensions.includes(extension)) return await importDefault(file, shown)
  const text = await readFile(file, 'utf8')
  return extension === '.json' ? parseJson(text, shown) : parseYaml(text, shown)
}

export function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${shown}: no valid JSON: ${why}`, { cause: error })
  }
}

/** YAML 1.2: `no` is text and dates stay text, so that twins in JSON are equal. */
function parseYaml(text: string, shown: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) {
    throw new UsageError(`${shown}:${lines.linePos(error.pos[0]).line}: no valid YAML: ${error.message}`)
  }
  return document.toJS()
}

async function checkIsFile(file: string, shown: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) throw new UsageError(await absence(file))
  if (found.isDirectory()) {
    const suites = (await namesIn(file)).filter((name) => /\.suite\.\w+$/.test(name))
    const hint = suites.length === 0 ? 'name a suite file in it' : `name a file in it: ${suites.join(', ')}`
    throw new UsageError(`${shown}: is a folder; ${hint}`)
  }
  if (!extensions.includes(extname(file))) {
    throw new UsageError(`${shown}: a suite is one of ${extensions.join(', ')}, not '${extname(file)}'`)
  }
}

/** What is there instead: the nearest names in the folder, or the folder that is missing too. */
async function absence(file: string): Promise<string> {
  const folder = dirname(file)
  const shown = shownPath(file)
  const exists = await stat(folder).then((found) => found.isDirectory(), () => false)
  if (!exists) return `there is no file ${shown}: its folder does not exist`
  const names = await namesIn(folder)
  if (names.includes(basename(file))) return `${shown} can't be read`
  const near = nearestNames(basename(file), names, 3)
  const offered = near.length > 0 ? near : names.filter((name) => /\.suite\.\w+$/.test(name)).slice(0, 5)
  const hint = offered.map((name) => shownPath(join(folder, name))).join(' or ')
  return `there is no file ${shown}${hint === '' ? '' : `; did you mean ${hint}?`}`
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch((): string[] => [])).sort()
}
