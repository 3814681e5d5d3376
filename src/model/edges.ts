/**
 * Interfaces of the edges: what a broker, a database, a sink and an environment must be able to do.
 * A new broker implements `Broker` and stands in one registry line; nothing above names its protocol.
 */
import type { Slot } from '../lib/slot.ts'
import type { Content } from './effect.ts'
import type { Message } from './message.ts'
import type { Lease, Outcome, Settlement, WireProtocol } from './wire.ts'

export type { Slot } from '../lib/slot.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** A running server of the stack: where the harness reaches it, and what it is. */
export interface RunningServer extends AsyncDisposable {
  readonly kind: string
  /** Where links lead, and the harness's own clients. */
  readonly address: Address
  readonly user: string
  readonly password: string
  readonly version: string
  /** `embedded`, a path, `url`. */
  readonly source: string
  /** A second address for management, where the server has one. */
  readonly management?: Address
  /** Where the server writes its own log, if it is ours. */
  readonly logFile?: string
  /** Process id, if it is ours. */
  readonly pid?: number
  /** A free slot, where the server tells clients whom to connect to. Throws EnvironmentError when all are taken. */
  slot?(): Slot
  /** Moves its wall clock forward, for everybody who uses it; not while anything is in flight. */
  moveClock?(ms: number): void
}

/** A started stack. Servers by kind; `proxies` is Toxiproxy's control address. */
export interface Stack extends AsyncDisposable {
  readonly servers: Readonly<Record<string, RunningServer>>
  readonly proxies: Address
  /** Folder of the run's own, deleted at the end; reachable by every user that a server runs as. */
  readonly folder: string
  readonly versions: Readonly<Record<string, string>>
}

export interface Environment {
  readonly name: 'native' | 'docker' | 'external'
  start(kinds: readonly string[]): Promise<Stack>
}

/** What templates may say of a link: `{{orders.address}}` and so on, the tap's address in place of the server's. */
export type LinkTemplate = (tap: Address) => Readonly<Record<string, string>>

/** What became of a lease that was to expire; `detail` says by which request. */
export interface Warped {
  readonly lease: string
  readonly done: boolean
  readonly detail: string
}

/** The share of one dependency or source in one cell. */
export interface CellShare extends AsyncDisposable {
  readonly name: string
  /** The server that the link's Toxiproxy proxy leads to. */
  readonly upstream: Address
  readonly wire: WireProtocol
  readonly template: LinkTemplate
  /** A place of its own for one incarnation's tap; undefined: any port will do, and the link leads to `upstream`. */
  slot?(): Slot
  /**
   * Makes leases expire now, by the broker's own means; `alive`: whoever holds them lives on and is not told. One that
   * is gone already counts as warped. Undefined: a lease is the connection itself, and ends with the server's side.
   */
  warp?(leases: readonly Lease[], alive: boolean): Promise<readonly Warped[]>
  /** Connections to this share that the server itself counted, to hold against those that the taps saw. */
  connectionsSeen(): Promise<number | undefined>
  /** Connections that the harness itself made, in the same count. */
  connectionsOwn(): number
}

/** A message that was taken out of a queue which the subject writes to. */
export interface Taken {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly messageId: string | undefined
}

/** A source in one cell: queues, topics. The link that carries the lease. */
export interface SourceShare extends CellShare {
  /** How often the broker hands a message over before it ends it by itself; undefined: it never does. */
  readonly deliveryLimit?: number | undefined
  send(message: Message): Promise<Outcome>
  backlog(): Promise<{ readonly ready: number; readonly unsettled: number }>
  /** Takes what lies in a queue that the subject writes to; each body once. */
  drain(queue: string): Promise<readonly Taken[]>
  /** Puts what was taken into the queue again, as a second copy. */
  plantCopy(queue: string, taken: Taken): Promise<Outcome>
  /** How much lies in a queue that readers of committed messages cannot get at, behind an open transaction. */
  blocked?(queue: string): Promise<number>
  /** Deliveries that are over and were not told before; undefined: the wire tells of settlements. */
  settled?(): Promise<readonly Over[]>
}

/** A delivery, by its name on the wire, and how it ended. */
export interface Over {
  readonly delivery: string
  readonly messageId: string
  readonly how: Settlement
}

/**
 * A source that is part of a dependency, as a table is of a database. Its share takes the place of the dependency's own
 * on the link: the same server and the same templates, and a wire that tells deliveries.
 */
export interface Lodger {
  readonly kind: string
  cell(host: DatabaseShare, name: string, settings: Readonly<Record<string, unknown>>): SourceShare
}

/** A rule of the service that a server stands for, and whether that server keeps it. */
export interface Conformance {
  readonly rule: string
  readonly conforms: boolean
  /** What the service does, and where it is not kept what happened here. */
  readonly detail: string
  /** Faults whose verdict would rest on the rule; they are left out where it is not kept. */
  readonly taints: readonly string[]
}

export interface Broker {
  readonly kind: string
  /** Asks a server which rules it keeps, in places of its own; only where there are emulators of the service. */
  conformance?(server: RunningServer): Promise<readonly Conformance[]>
  cell(
    server: RunningServer, cell: string, name: string, settings: Readonly<Record<string, unknown>>,
  ): Promise<SourceShare>
}

/** One change of a row, as the server's own log of commits tells it. */
export interface RowChange {
  readonly transaction: string
  readonly table: string
  readonly change: 'insert' | 'update' | 'delete'
  readonly row: Content
  readonly old: Content | undefined
}

export interface DatabaseShare extends CellShare {
  /** Rows of a declared effect's query, every value as text. */
  query(sql: string): Promise<readonly Content[]>
  /** Adds a row, as a producer does; `seen` has what the statement returns before anybody else can see the row. */
  insert(sql: string, values: readonly string[], seen: (rows: readonly Content[]) => void): Promise<Outcome>
  /** Committed changes since the last call, in commit order; undefined where the server can't tell. */
  commits(): Promise<readonly RowChange[] | undefined>
  /** Puts a second copy of a row where the server allows it; says which way it went. */
  plantCopy(
    effect: string, sql: string, identity: string,
  ): Promise<{ readonly rows: readonly Content[]; readonly how: string } | undefined>
}

export interface Database {
  readonly kind: string
  /** Makes the database that cells are cloned from and runs `setup` against it. */
  prepare(server: RunningServer, name: string, settings: Readonly<Record<string, unknown>>): Promise<DatabaseTemplate>
}

export interface DatabaseTemplate extends AsyncDisposable {
  /** What setup commands get in their environment templates: the server's own address, no tap between. */
  readonly template: Readonly<Record<string, string>>
  cell(cell: string): Promise<DatabaseShare>
}

/** A call that reached a sink of ours. */
export interface SinkCall {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The outside world changed because of this call; false for one that was deduplicated or planted away. */
  readonly performed: boolean
  readonly answer: number
}

export interface SinkShare extends CellShare {
  /** Calls in order of arrival. */
  calls(): readonly SinkCall[]
  /** The next call is accepted and not recorded. */
  plantLoss(): void
  /** The last performed call is performed once more, past any dedup; false when there was none. */
  plantCopy(): boolean
}

export interface Sink {
  readonly kind: string
  cell(cell: string, name: string, settings: Readonly<Record<string, unknown>>): Promise<SinkShare>
}
