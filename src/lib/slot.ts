/**
 * A slot: a listener of ours whose address a server is told before it starts. Servers that tell clients whom to connect
 * to (Kafka's advertised listeners) then send them there and nowhere else.
 */
import type { Socket } from 'node:net'

/** It belongs to one incarnation at a time; who connects to one that nobody has is hung up on. */
export interface Slot {
  /** Where the subject connects. */
  readonly address: { readonly host: string; readonly port: number }
  /** The server's own listener behind it. */
  readonly upstream: { readonly host: string; readonly port: number }
  /** Called for every connection until `release`. */
  accept(handler: (socket: Socket) => void): void
  release(): void
}
