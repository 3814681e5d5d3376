/**
 * Reads a growing log file line by line, from where the last reading ended.
 *
 * A server's own log is the independent witness of who connected to it. Only whole lines come out: a line that is
 * still being written waits for the next reading. It does not follow a file that is rotated or cut.
 */
import { open } from 'node:fs/promises'

const CHUNK_BYTES = 1 << 16

export class LogLines {
  readonly #file: string
  #offset = 0
  #rest: Buffer = Buffer.alloc(0)

  constructor(file: string) {
    this.#file = file
  }

  /** The lines that were completed since the last call; none while the file does not exist. */
  async next(): Promise<string[]> {
    const handle = await open(this.#file, 'r').catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (handle === undefined) return []
    try {
      const chunks = [this.#rest]
      const chunk = Buffer.alloc(CHUNK_BYTES)
      for (;;) {
        const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, this.#offset)
        if (bytesRead === 0) break
        this.#offset += bytesRead
        chunks.push(Buffer.from(chunk.subarray(0, bytesRead)))
      }
      return this.#take(Buffer.concat(chunks))
    } finally {
      await handle.close()
    }
  }

  #take(bytes: Buffer): string[] {
    const end = bytes.lastIndexOf(0x0a) + 1
    this.#rest = bytes.subarray(end)
    const lines = bytes.subarray(0, end).toString('utf8').split('\n')
    lines.pop()
    return lines
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
