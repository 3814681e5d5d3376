/**
 * Starts a lineq, the queue that exists for tests alone, as a process of its own. It needs no part: its program lies
 * beside this file. Ready is a greeting that was answered.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { EnvironmentError } from '../lib/errors.ts'
import { startProcess } from '../lib/process-group.ts'
import type { Address, RunningServer } from '../model/edges.ts'
import { HOST, searchPath, untilReady, type StartContext } from './server.ts'

const READY_LIMIT_MS = 10_000

export async function startLineq({ ledger, folder, signal }: StartContext): Promise<RunningServer> {
  let output = ''
  const group = startProcess(ledger, {
    name: 'lineq', command: [process.execPath, fileURLToPath(new URL('./lineq-server.ts', import.meta.url))],
    cwd: folder, env: { PATH: searchPath() }, onOutput: (_, text) => {
      output += text
    },
  })
  try {
    const address = await untilReady({ group, lastLine: () => output.trim() }, {
      name: 'lineq', limitMs: READY_LIMIT_MS, signal, probe: () => greet(output),
    })
    return {
      kind: 'lineq', address, user: '', password: '', version: '1', source: 'embedded', pid: group.pid,
      [Symbol.asyncDispose]: () => group.kill(),
    }
  } catch (error) {
    await group.kill()
    throw error
  }
}

async function greet(output: string): Promise<Address | undefined> {
  const port = /^port (\d+)$/m.exec(output)?.[1]
  if (port === undefined) return undefined
  const socket = connect(Number(port), HOST).setEncoding('utf8')
  try {
    socket.write('HI readiness\n')
    const [reply]: unknown[] = await once(socket, 'data')
    if (reply !== 'OK\n') throw new EnvironmentError(`it answered ${String(reply)}`)
    return { host: HOST, port: Number(port) }
  } finally {
    socket.destroy()
  }
}
