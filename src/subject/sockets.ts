/**
 * Sockets of running processes, and which process holds which connection: /proc/PID/fd and /proc/PID/net.
 *
 * A descriptor that leads to `socket:[INODE]` is a socket; the tables say which inode is which connection
 * (proc_pid_net(5): `sl local remote state ... inode`, addresses in hexadecimal, each group of four bytes reversed).
 * A fork inherits descriptors, so a connection can have several holders. Nothing here opens or closes anything.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Address } from '../model/edges.ts'

const LISTEN = '0A'

export interface TcpSocket {
  readonly inode: string
  readonly local: Address
  readonly remote: Address
  readonly listens: boolean
}

/** Inodes of the sockets that a process holds. */
export function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => socketAt(pid, name))
  } catch {
    // The process is gone, and its connections with it.
    return []
  }
}

/** The socket behind one descriptor; none where it is something else. */
export function socketAt(pid: number, name: string): string[] {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1]
    return inode === undefined ? [] : [inode]
  } catch {
    // It was closed between two looks.
    return []
  }
}

const tcpTables: readonly string[] = ['tcp', 'tcp6']
const otherTables: readonly string[] = ['unix', 'udp', 'udp6', 'netlink', 'raw']

/** TCP sockets of the process's own network: everybody's, not only its own. */
export async function readTcp(pid: number): Promise<TcpSocket[]> {
  return await readTable(pid, tcpTables, decodeTable)
}

/** Inodes of the sockets there that are no TCP. */
export async function readOtherSockets(pid: number): Promise<string[]> {
  return await readTable(pid, otherTables, inodesOf)
}

/** Processes among `pids` that hold the client's end of a connection on the loopback, from one port to another. */
export async function holdersOf(
  connection: { readonly from: number; readonly to: number }, pids: readonly number[],
): Promise<number[]> {
  const [first] = pids
  if (first === undefined) return []
  const ends = (await readTcp(first)).filter(({ local, remote, listens }) =>
    !listens && local.port === connection.from && remote.port === connection.to)
  const inodes = new Set(ends.map(({ inode }) => inode))
  return pids.filter((pid) => socketsOf(pid).some((inode) => inodes.has(inode)))
}

async function readTable<T>(pid: number, names: readonly string[], decode: (text: string) => T[]): Promise<T[]> {
  const texts = await Promise.all(names.map((name) =>
    readFile(`/proc/${pid}/net/${name}`, 'latin1').catch(() => '')))
  return texts.flatMap(decode)
}

/** Every number in a table that could be an inode: a table of another kind only says what is no TCP. */
function inodesOf(text: string): string[] {
  return text.split('\n').slice(1).flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    return [fields[6] ?? '', fields[9] ?? '']
  })
}

export function decodeTable(text: string): TcpSocket[] {
  return text.split('\n').slice(1).flatMap((line) => {
    const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/)
    // A connection that nobody holds any more (TIME_WAIT) has no inode.
    if (local === undefined || remote === undefined || inode === undefined || inode === '0') return []
    return [{ inode, local: decodeAddress(local), remote: decodeAddress(remote), listens: state === LISTEN }]
  })
}

function decodeAddress(text: string): Address {
  const [host = '', port = ''] = text.split(':')
  const bytes = Buffer.from(host, 'hex')
  for (let i = 0; i < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse()
  return { host: bytes.length === 4 ? bytes.join('.') : decodeLong(bytes), port: Number.parseInt(port, 16) }
}

/** A v4 address in v6 clothes is the v4 address. */
function decodeLong(bytes: Buffer): string {
  if (bytes.subarray(0, 12).toString('hex') === '00000000000000000000ffff') return bytes.subarray(12).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':')
  return groups === '0:0:0:0:0:0:0:1' ? '::1' : groups
}
