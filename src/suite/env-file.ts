/** Variables of a `.env` file, by Node's own rules; templates in it are text like any other. */
import { parseEnv } from 'node:util'

export function parseEnvFile(text: string): Record<string, string> {
  return Object.fromEntries(Object.entries(parseEnv(text)).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]]))
}
