/** Counts from the first own connection on, up to the newest, whatever stands around them. */
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConnectionCount } from './connection-count.ts'

test('only what came between the first own connection and the newest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onceproof-count-'))
  try {
    const file = join(folder, 'server.log')
    const count = new ConnectionCount(file, (line) => line.startsWith('let in'))
    const letIn = async (name: string): Promise<void> => {
      await appendFile(file, `received ${name}\nlet in ${name}\n`)
    }
    await letIn('left over from an earlier share of this name')
    await letIn(count.first)
    expect(await count.count(letIn)).toBe(2)
    await letIn('subject')
    await letIn('subject')
    const counted = count.count(async (name) => {
      await letIn(name)
      await letIn('subject, after the marker')
    })
    expect(await counted).toBe(5)
    expect(await count.count(letIn)).toBe(7)
  } finally {
    await rm(folder, { recursive: true })
  }
})
