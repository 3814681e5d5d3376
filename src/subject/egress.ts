/**
 * Where a subject's processes are connected to, beside its taps: what the harness did not see it say.
 *
 * Read from /proc (sockets.ts): the sockets of the process and all its descendants, and the kernel's table of TCP
 * connections. The table can be long and slow to read, so sockets are counted first: each open connection of a tap has
 * exactly one socket here, and only when there are more the table is asked what the others are.
 *
 * Not seen: a connection that begins and ends between two samples, a process that has left the subject's tree, and
 * UDP: resolvers are asked that way, and an answer of theirs is no effect. What is not seen here and reaches a declared
 * server is still counted by that server.
 */
import { lookup } from 'node:dns/promises'
import { readDescendants } from '../lib/process-table.ts'
import type { Address } from '../model/edges.ts'
import { readOtherSockets, readTcp, socketAt, socketsOf, type TcpSocket } from './sockets.ts'

const STDIO: readonly string[] = ['0', '1', '2']

export interface WatchedSubject {
  readonly pid: number
  /** Ports of its taps. */
  readonly taps: ReadonlySet<number>
  /** Connections of its taps whose subject's side is open. */
  open(): number
}

export class EgressWatch {
  readonly #subject: WatchedSubject
  /** Sockets that lead to no tap and are known by now. */
  readonly #others = new Set<string>()
  /** Those of them whose counterpart was told. */
  readonly #told = new Set<string>()
  #reading = false

  constructor(subject: WatchedSubject) {
    this.#subject = subject
  }

  /** Addresses outside that it is connected to now, each connection told once. Counts at once, reads afterwards. */
  async sample(): Promise<readonly Address[]> {
    const own = this.#sockets()
    const unexplained = [...own].filter((inode) => !this.#others.has(inode)).length - this.#subject.open()
    if (unexplained <= 0 || this.#reading) return []
    this.#reading = true
    try {
      const { pid } = this.#subject
      const [tcp, rest] = await Promise.all([readTcp(pid), readOtherSockets(pid)])
      for (const inode of rest) if (own.has(inode)) this.#others.add(inode)
      const found = this.#classify(tcp.filter((socket) => own.has(socket.inode)))
      return found.length === 0 ? [] : await this.#stillThere(found)
    } finally {
      this.#reading = false
    }
  }

  /**
   * The list of sockets and the table are of two moments: half of a pair that was made between them looks like a
   * connection to somebody else. What a second look shows no more, or shows whole, was none; pairs are of this machine.
   */
  async #stillThere(found: readonly TcpSocket[]): Promise<Address[]> {
    const own = this.#sockets()
    const tcp = await readTcp(this.#subject.pid)
    const ends = new Set(tcp.filter((socket) => own.has(socket.inode)).map(({ local }) => shown(local)))
    const isOutside = ({ inode, remote }: TcpSocket): boolean =>
      !isLoopback(remote) || (own.has(inode) && !ends.has(shown(remote)))
    return found.filter(isOutside).map(({ inode, remote }) => {
      this.#told.add(inode)
      return remote
    })
  }

  #classify(mine: readonly TcpSocket[]): TcpSocket[] {
    const listening = new Set(mine.filter((socket) => socket.listens).map((socket) => socket.local.port))
    const ends = new Set(mine.map(({ local }) => shown(local)))
    const outside: TcpSocket[] = []
    for (const socket of mine) {
      const { inode, local, remote, listens } = socket
      if (!listens && isLoopback(remote) && this.#subject.taps.has(remote.port)) continue
      this.#others.add(inode)
      // It was called, or it speaks to itself: clients wake themselves up through a pair of sockets.
      const within = listens || listening.has(local.port) || ends.has(shown(remote))
      if (within || this.#told.has(inode)) continue
      outside.push(socket)
    }
    return outside
  }

  /** Inodes of the sockets of the whole tree, without those that the harness gave it as its standard streams. */
  #sockets(): ReadonlySet<string> {
    const { pid } = this.#subject
    const given = new Set(STDIO.flatMap((name) => socketAt(pid, name)))
    const found = new Set([pid, ...readDescendants(pid)].flatMap(socketsOf))
    return new Set([...found].filter((inode) => !given.has(inode)))
  }
}

function shown({ host, port }: Address): string {
  return `${host}:${port}`
}

export function isLoopback({ host }: Address): boolean {
  return host === '::1' || host.startsWith('127.')
}

export interface AllowedEgress {
  /** `host`, `host:port`, `:port`; names are looked up. */
  readonly to: string
  readonly reason: string
}

/** The reason why it may be reached; undefined where nobody gave one. */
export async function reasonFor(address: Address, allowed: readonly AllowedEgress[]): Promise<string | undefined> {
  for (const { to, reason } of allowed) {
    const [, host = '', port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(to) ?? []
    if (port !== undefined && Number(port) !== address.port) continue
    if (host === '' || host === address.host || (await addressesOf(host)).includes(address.host)) return reason
  }
  return undefined
}

async function addressesOf(name: string): Promise<string[]> {
  // A name that leads nowhere allows nothing.
  return (await lookup(name, { all: true }).catch(() => [])).map(({ address }) => address)
}
