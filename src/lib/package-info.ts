/**
 * Where this package lies and which version it is; the same from the sources and from the compiled files, which are
 * equally deep.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Absolute path, ending in a slash. */
export const packageFolder: string = fileURLToPath(new URL('../../', import.meta.url))

export const packageVersion: string = parseVersion(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

function parseVersion(text: string): string {
  const { version } = JSON.parse(text) as { readonly version: string }
  return version
}
