/**
 * Imports a suite that is written in TypeScript or JavaScript with Node's own loader, from anywhere on the disk.
 *
 * The name `onceproof` leads to this very copy of the harness, so that a suite needs nothing installed beside it. A
 * file that is written as a module is read as one, whatever the nearest package.json says about its folder.
 * Types are stripped, not checked.
 */
import { readFileSync, realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { within } from '../lib/clock.ts'
import { UsageError } from '../lib/errors.ts'

const importLimitMs = 30_000
const ownExtension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const ownIndex = new URL(`../index.${ownExtension}`, import.meta.url).href

/** Files to read as modules, with the format that says so. */
const moduleFormats = new Map<string, 'module' | 'module-typescript'>()
let isHooked = false

/** The default export. */
export async function importDefault(file: string, shown: string): Promise<unknown> {
  hook()
  // Node names a module by its real path, whatever link led to it.
  const url = pathToFileURL(realpathSync(file)).href
  if (/^\s*(?:import|export)\b/m.test(readFileSync(file, 'utf8'))) {
    moduleFormats.set(url, /\.m?ts$/.test(file) ? 'module-typescript' : 'module')
  }
  const exported = await importOrExplain(url, shown)
  if (!('default' in exported)) {
    throw new UsageError(`${shown}: there is no default export; end it with: export default defineSuite({ ... })`)
  }
  return exported.default
}

/** One hook for the life of the process: it changes one name and the files that it was told. */
function hook(): void {
  if (isHooked) return
  isHooked = true
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'onceproof') return { url: ownIndex, shortCircuit: true }
      const resolved = next(specifier, context)
      const format = moduleFormats.get(resolved.url)
      return format === undefined ? resolved : { ...resolved, format }
    },
  })
}

async function importOrExplain(url: string, shown: string): Promise<object> {
  try {
    const loading: Promise<object> = import(/* @vite-ignore */ url)
    return await within(loading, {
      what: `loading ${shown}`, limitMs: importLimitMs, last: () => 'a suite is data and should not wait for anything',
    })
  } catch (error) {
    throw new UsageError(explain(error, url, shown), { cause: error })
  }
}

function explain(error: unknown, url: string, shown: string): string {
  if (!(error instanceof Error)) return `${shown}: it threw ${String(error)} while being loaded`
  const code = 'code' in error ? String(error.code) : ''
  const [first = ''] = error.message.split('\n')
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return `${placeOf(error, url, shown)}: ${first}; only types that can be erased are`
  }
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') {
    return `${shown}: TypeScript is not loaded from node_modules; write this suite in YAML, JSON or JavaScript`
  }
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return `${shown}: ${first.replace(/ imported from .*/, '').replace(/^C/, 'c')}, which it imports`
  }
  const stranger = /module 'onceproof' does not provide an export named '(.*)'/.exec(first)
  if (stranger !== null) return `${placeOf(error, url, shown)}: onceproof exports no '${stranger[1] ?? ''}'`
  if (error instanceof SyntaxError) {
    const advice = /does not provide an export|outside a module|Unexpected token 'export'/.test(first)
      ? '; is the imported file CommonJS? Rename it to .mts or .mjs' : ''
    return `${placeOf(error, url, shown)}: syntax error: ${first}${advice}`
  }
  return `${placeOf(error, url, shown)}: it threw while being loaded: ${first}`
}

/** `orders.suite.ts:12`, from the first line of a stack that names a place in the file itself. */
function placeOf(error: Error, url: string, shown: string): string {
  const stack = error.stack ?? ''
  const at = [url, fileURLToPath(url)].map((name) => stack.indexOf(`${name}:`) === -1 ? undefined
    : stack.slice(stack.indexOf(`${name}:`) + name.length + 1)).find((rest) => rest !== undefined)
  const line = at === undefined ? null : /^\d+/.exec(at)
  return line === null ? shown : `${shown}:${line[0]}`
}
