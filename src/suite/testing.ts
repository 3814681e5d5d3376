/** Folders with given files, for tests of what reads them; gone at the end of the scope. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface TestFolder extends AsyncDisposable {
  readonly path: string
  at(name: string): string
}

export async function folderWith(files: Readonly<Record<string, string>>): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'onceproof-suite-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), text)
  }
  return {
    path,
    at: (name) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
}

/** The smallest suite that loads; a person writes no less. */
export const smallest = {
  sources: { orders: { kind: 'rabbitmq' } },
  subject: { command: ['node', 'consumer.mjs'] },
  workload: { body: { orderId: 'o-1' } },
} as const
