/**
 * Postgres as a database of the subject: one database per cell, cloned from the one that `setup` was run against.
 *
 * The harness reads effects and commits through connections of its own, straight to the server, and never alters the
 * subject's tables, publications or replica identities. It does not start the server and runs no setup command.
 * Logical decoding gives the order of commits; a server that can't tell (wal_level, rights) is no error, it is a doubt
 * that others print.
 */
import { ConnectionCount } from '../lib/connection-count.ts'
import { EnvironmentError, UsageError } from '../lib/errors.ts'
import type { Content } from '../model/effect.ts'
import type {
  Address, Database, DatabaseShare, DatabaseTemplate, RowChange, RunningServer,
} from '../model/edges.ts'
import type { Outcome } from '../model/wire.ts'
import { postgresWire } from '../wire/postgres/wire.ts'
import { plantCopy } from './plant-copy.ts'
import { messageOf, PostgresSession, sqlStateOf } from './session.ts'
import { decodeSlotLines } from './test-decoding.ts'

/** Where databases are made and dropped from; every Postgres has it. */
const MAINTENANCE = 'postgres'
/** NAMEDATALEN - 1: what the server keeps of an identifier. */
const NAME_BYTES_MAX = 63

export const postgres: Database = {
  kind: 'postgres',

  async prepare(server, name, settings) {
    const unknown = Object.keys(settings)
    if (unknown.length > 0) throw new UsageError(`postgres() of "${name}" has no setting "${unknown.join('", "')}".`)
    const database = databaseName(name, 'template')
    const admin = new PostgresSession(loginTo(server, MAINTENANCE, 'onceproof'))
    try {
      await createDatabase(admin, database, 'template0')
    } catch (error) {
      await admin[Symbol.asyncDispose]()
      throw error
    }
    return new PostgresTemplate(server, name, admin)
  },
}

class PostgresTemplate implements DatabaseTemplate {
  readonly template: Readonly<Record<string, string>>
  readonly #server: RunningServer
  readonly #name: string
  readonly #admin: PostgresSession
  /** Cloning needs the template for itself, so one clone waits for the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(server: RunningServer, name: string, admin: PostgresSession) {
    this.#server = server
    this.#name = name
    this.#admin = admin
    this.template = linkTemplate(server, databaseName(name, 'template'), server.address)
  }

  async cell(cell: string): Promise<DatabaseShare> {
    const database = databaseName(this.#name, cell)
    const template = databaseName(this.#name, 'template')
    const cloned = this.#last.then(async () => {
      // A setup command that left a connection open would make the server refuse the clone.
      await this.#admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [template])
      await createDatabase(this.#admin, database, template)
    })
    this.#last = cloned.catch(() => undefined)
    await cloned
    const share = new PostgresShare(this.#server, { name: this.#name, database })
    try {
      await share.start()
    } catch (error) {
      await share[Symbol.asyncDispose]()
      throw error
    }
    return share
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin[Symbol.asyncDispose]()
    await dropDatabase(this.#server, databaseName(this.#name, 'template'))
  }
}

class PostgresShare implements DatabaseShare {
  readonly name: string
  readonly upstream: Address
  readonly wire = postgresWire
  readonly #server: RunningServer
  readonly #database: string
  readonly #session: PostgresSession
  readonly #seen: ConnectionCount | undefined
  #producer: PostgresSession | undefined
  #own = 0
  #slot: string | undefined

  constructor(server: RunningServer, names: { readonly name: string; readonly database: string }) {
    this.name = names.name
    this.upstream = server.address
    this.#server = server
    this.#database = names.database
    this.#seen = server.logFile === undefined
      ? undefined
      : new ConnectionCount(server.logFile, (line) => isAuthorized(line, names.database))
    this.#session = this.#open(this.#seen?.first ?? 'onceproof')
  }

  readonly template = (tap: Address): Readonly<Record<string, string>> =>
    linkTemplate(this.#server, this.#database, tap)

  /** The slot must be there before any fault is armed: making one waits for every open transaction to end. */
  async start(): Promise<void> {
    const [level] = await this.#session.query('show wal_level')
    if (level?.wal_level !== 'logical') return
    const slot = `${this.#database.slice(0, NAME_BYTES_MAX - 5)}_slot`
    try {
      await this.#session.query('select pg_create_logical_replication_slot($1, $2)', [slot, 'test_decoding'])
      this.#slot = slot
    } catch (error) {
      if (!SLOT_REFUSALS.has(sqlStateOf(error) ?? '')) throw error
    }
  }

  async query(sql: string): Promise<readonly Content[]> {
    try {
      return await this.#session.query(sql)
    } catch (error) {
      throw effectError(error, sql)
    }
  }

  async insert(
    sql: string, values: readonly string[], seen: (rows: readonly Content[]) => void,
  ): Promise<Outcome> {
    const producer = this.#producer ??= this.#open('onceproof producer')
    try {
      await producer.query('begin')
      seen(await producer.query(sql, values))
      await producer.query('commit')
      return 'ok'
    } catch (error) {
      // What the connection's end leaves open is open: nobody asks a second time.
      this.#producer = undefined
      await producer[Symbol.asyncDispose]()
      const state = sqlStateOf(error)
      if (state === undefined && !(error instanceof EnvironmentError)) throw error
      // Class 42: the statement itself is wrong, which no message can help.
      if (state?.startsWith('42') === true) throw effectError(error, sql)
      return state === undefined ? 'indeterminate' : 'failed'
    }
  }

  async commits(): Promise<readonly RowChange[] | undefined> {
    if (this.#slot === undefined) return undefined
    // Decoding ends at what is on disk, and a subject may commit asynchronously. The commit of a message of our own,
    // which is synchronous, brings everything before it to disk.
    await this.#session.query("select pg_logical_emit_message(true, 'onceproof', 'barrier')")
    const lines = await this.#session.query(
      "select xid::text, data from pg_logical_slot_get_changes($1, null, null, 'skip-empty-xacts', '1')", [this.#slot],
    )
    return decodeSlotLines(lines.map((line) => ({ xid: line.xid ?? '', data: line.data ?? '' })))
  }

  async plantCopy(
    _effect: string, sql: string, identity: string,
  ): Promise<{ readonly rows: readonly Content[]; readonly how: string } | undefined> {
    await using session = this.#open('onceproof plant')
    return await plantCopy(session, sql, identity)
  }

  async connectionsSeen(): Promise<number | undefined> {
    return await this.#seen?.count(async (application) => {
      await using session = this.#open(application)
      await session.connect()
    })
  }

  connectionsOwn(): number {
    return this.#own
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer?.[Symbol.asyncDispose]()
    await this.#session[Symbol.asyncDispose]()
    await dropDatabase(this.#server, this.#database)
  }

  #open(application: string): PostgresSession {
    return new PostgresSession(loginTo(this.#server, this.#database, application), () => {
      this.#own += 1
    })
  }
}

/** `... LOG:  connection authorized: user=U database=D [application_name=A] [SSL ...]`, with log_connections = on. */
export function isAuthorized(line: string, database: string): boolean {
  const match = /LOG: +connection authorized: user=.*? database=(\S+)/.exec(line)
  return match?.[1] === database
}

// insufficient_privilege, configuration_limit_exceeded, undefined_file (the plugin is not installed).
const SLOT_REFUSALS: ReadonlySet<string> = new Set(['42501', '53400', '58P01'])

function loginTo(server: RunningServer, database: string, application: string) {
  return { ...server.address, user: server.user, password: server.password, database, application }
}

function linkTemplate(server: RunningServer, database: string, at: Address): Readonly<Record<string, string>> {
  const login = `${encodeURIComponent(server.user)}:${encodeURIComponent(server.password)}`
  const address = `${at.host}:${at.port}`
  return {
    address, host: at.host, port: String(at.port), user: server.user, password: server.password, database,
    url: `postgresql://${login}@${address}/${database}`,
  }
}

/** Letters, digits and underscores only, so that the name needs no quotes in SQL, URLs or log lines. */
function databaseName(name: string, part: string): string {
  const plain = `${name}_${part}`.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')
  if (plain.length > NAME_BYTES_MAX) {
    throw new UsageError(`The name "${plain}" is longer than Postgres keeps: choose a shorter name of the dependency.`)
  }
  return plain
}

async function createDatabase(admin: PostgresSession, database: string, template: string): Promise<void> {
  try {
    await admin.query(`create database "${database}" template "${template}"`)
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw error
    throw new EnvironmentError(
      `The database "${database}" could not be made: ${messageOf(error)}.`, { cause: error },
    )
  }
}

/** Drops the database with its sessions and its slot. A server that is gone took the database with it. */
async function dropDatabase(server: RunningServer, database: string): Promise<void> {
  await using admin = new PostgresSession(loginTo(server, MAINTENANCE, 'onceproof'))
  try {
    await admin.connect()
  } catch (error) {
    if (error instanceof EnvironmentError) return
    throw error
  }
  await admin.query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1', [database],
  )
  await admin.query(`drop database if exists "${database}" with (force)`)
}

/** A query that the server refuses is the suite's; anything else is the machine's. */
function effectError(error: unknown, sql: string): unknown {
  const state = sqlStateOf(error)
  if (state === undefined) return error
  const sentence = `The query failed with ${state}, ${messageOf(error)}: ${sql}`
  // Classes 22 and 42: what the query says; the rest (57014, 53300...) is about the server's condition.
  return /^(22|42)/.test(state)
    ? new UsageError(sentence, { cause: error })
    : new EnvironmentError(sentence, { cause: error })
}
