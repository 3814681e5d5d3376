/** Ports and folders that an incarnation gets for itself, so that two of them never share any. */
import { createServer } from 'node:net'
import { EnvironmentError } from '../lib/errors.ts'

/** A loopback port that was free a moment ago; the subject binds it itself. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  if (address === null || typeof address === 'string') {
    throw new EnvironmentError('No free port was found on the loopback interface.')
  }
  return address.port
}
