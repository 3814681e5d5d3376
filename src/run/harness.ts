/**
 * What a run holds from its start to its end: the watchdog's ledger and the running stack. Everything below it is
 * disposed in reverse when the run ends, however it ends.
 */
import { nativeEnvironment } from '../stack/native.ts'
import { databases } from '../database/registry.ts'
import { brokers } from '../broker/registry.ts'
import { inspectParts } from '../parts/registry.ts'
import { openLedger, type Ledger } from '../lib/ledger.ts'
import type { Stack } from '../model/edges.ts'
import type { Suite } from '../model/suite.ts'

export interface Harness extends AsyncDisposable {
  readonly ledger: Ledger
  readonly stack: Stack
  /** `{{parts.NAME}}`: where the parts that subjects may use are. */
  readonly partTemplates: Readonly<Record<string, string>>
}

/** Starts every server that the suites need, side by side. */
export async function openHarness(
  folder: string, suites: readonly Suite[], say: (text: string) => void, signal?: AbortSignal,
): Promise<Harness> {
  const ledger = await openLedger(folder)
  try {
    const parts = await inspectParts()
    const environment = nativeEnvironment(ledger, { parts, onProgress: say, ...signal === undefined ? {} : { signal } })
    const stack = await environment.start(kindsOf(suites))
    return {
      ledger,
      stack,
      partTemplates: Object.fromEntries(parts.flatMap(({ name, path }) =>
        (path === undefined ? [] : [[`parts.${name}`, path]]))),
      [Symbol.asyncDispose]: async () => {
        await stack[Symbol.asyncDispose]()
        await ledger[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await ledger[Symbol.asyncDispose]()
    throw error
  }
}

/** Kinds of servers that the suites name; sinks and plain links need none. */
function kindsOf(suites: readonly Suite[]): string[] {
  const named = suites.flatMap((suite) => [...Object.values(suite.sources), ...Object.values(suite.dependencies)])
  return [...new Set(named.map(({ kind }) => kind))].filter((kind) => kind in brokers || kind in databases)
}
