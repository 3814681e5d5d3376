/**
 * One question to a server whose frames begin with their length in four bytes, on a connection of its own: connect,
 * send, read one frame, hang up. For questions about readiness, where nothing is worth keeping open. Knows no protocol.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { within } from './clock.ts'
import { EnvironmentError } from './errors.ts'

const LENGTH_BYTES = 4
const FRAME_LIMIT = 1 << 20

export interface FramedRequest {
  readonly host: string
  readonly port: number
  /** With its length in front. */
  readonly frame: Buffer
  readonly limitMs: number
}

/** The reply's frame with its length in front. Throws when there is none in time. */
export async function askFramed({ host, port, frame, limitMs }: FramedRequest): Promise<Buffer> {
  const socket = connect({ host, port, noDelay: true })
  try {
    return await within(firstFrame(socket, frame), { what: `an answer of ${host}:${port}`, limitMs })
  } finally {
    socket.destroy()
  }
}

async function firstFrame(socket: ReturnType<typeof connect>, frame: Buffer): Promise<Buffer> {
  await once(socket, 'connect')
  socket.write(frame)
  let bytes = Buffer.alloc(0)
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk])
    const length = bytes.length < LENGTH_BYTES ? undefined : bytes.readUInt32BE()
    if (length !== undefined && length > FRAME_LIMIT) throw new EnvironmentError('it answers in another protocol')
    if (length !== undefined && bytes.length >= LENGTH_BYTES + length) {
      return bytes.subarray(0, LENGTH_BYTES + length)
    }
  }
  throw new EnvironmentError('it hung up without an answer')
}
