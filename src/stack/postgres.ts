/**
 * Starts a Postgres of the run's own: loopback, a password of its own, the log of commits readable (wal_level
 * logical) and durable as in production, since a claim about a commit is worth what the commit is worth.
 *
 * It ends by SIGQUIT (immediate shutdown): its data is thrown away, but after a SIGKILL its System V segment would
 * stay in the machine for ever. Its log goes through our pipe into a file of ours, one `PID DATABASE ` before each
 * line, by which connections are counted.
 */
import { randomUUID } from 'node:crypto'
import { appendFileSync, chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { within } from '../lib/clock.ts'
import { EnvironmentError } from '../lib/errors.ts'
import type { RunningServer } from '../model/edges.ts'
import {
  freePorts, giveToNobody, HOST, makeServerFolder, parseServer, pathOf, startServer, tryTwice, untilReady,
  type StartContext,
} from './server.ts'

const NAME = 'Postgres'
const USER = 'onceproof'
const INIT_LIMIT_MS = 60_000
const READY_LIMIT_MS = 30_000
const ASK_LIMIT_MS = 5_000

interface Login {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database?: string
}

export async function startPostgres(context: StartContext): Promise<RunningServer> {
  const { url } = context.part
  return url === undefined ? startOwn(context) : useGiven(context, url)
}

async function useGiven({ part }: StartContext, url: string): Promise<RunningServer> {
  const { address, user, password } = parseServer(part, url, 5432)
  const version = await askVersion({ ...address, user, password }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new EnvironmentError(`${NAME} at ${address.host}:${address.port} does not answer: ${why}`)
  })
  return {
    kind: 'postgres', address, user, password, version, source: 'url', [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function startOwn(context: StartContext): Promise<RunningServer> {
  const folder = makeServerFolder(context.folder, 'postgres')
  const password = randomUUID()
  await initialise(context, folder, password)
  return tryTwice(() => startIn(context, folder, password))
}

async function initialise({ ledger, part }: StartContext, folder: string, password: string): Promise<void> {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  giveToNobody(passwordFile)
  const started = startServer(ledger, {
    name: 'initdb', cwd: folder, env: { TZ: 'UTC' },
    command: [
      join(pathOf(part), 'initdb'), '-D', join(folder, 'data'), '-U', USER, '-A', 'scram-sha-256',
      `--pwfile=${passwordFile}`, '-N', '-E', 'UTF8', '--locale=C',
    ],
  })
  const { code } = await within(started.group.exited, { what: 'end of initdb', limitMs: INIT_LIMIT_MS })
  await started.group.kill()
  if (code !== 0) throw new EnvironmentError(`initdb failed (exit code ${code}): ${started.lastLine()}`)
  appendFileSync(join(folder, 'data/postgresql.conf'), settings(Number.parseInt(part.version, 10)))
}

/** Asynchronous I/O came with 18 and would bring worker processes that a run of ours has no use for. */
function settings(major: number): string {
  return [
    '', "listen_addresses = '127.0.0.1'", "unix_socket_directories = ''",
    'wal_level = logical', 'max_replication_slots = 64', 'max_wal_senders = 64', 'max_connections = 200',
    'fsync = on', 'synchronous_commit = on', 'max_wal_size = 4GB', 'checkpoint_timeout = 1h', 'jit = off',
    'dynamic_shared_memory_type = mmap', 'log_connections = on', "log_line_prefix = '%p %d '",
    "lc_messages = 'C'", "timezone = 'UTC'", "log_timezone = 'UTC'",
    ...(major >= 18 ? ['io_method = sync'] : []), '',
  ].join('\n')
}

async function startIn(context: StartContext, folder: string, password: string): Promise<RunningServer> {
  const { ledger, part, signal } = context
  const [port = 0] = await freePorts(1)
  const logFile = join(folder, 'postgres.log')
  writeFileSync(logFile, '')
  chmodSync(folder, 0o755)
  const started = startServer(ledger, {
    name: NAME, cwd: folder, env: { TZ: 'UTC' }, endSignal: 'SIGQUIT', logFile,
    command: [join(pathOf(part), 'postgres'), '-D', join(folder, 'data'), '-p', String(port)],
  })
  const login = { host: HOST, port, user: USER, password }
  try {
    const version = await untilReady(started, {
      name: NAME, limitMs: READY_LIMIT_MS, signal, probe: () => askVersion(login),
    })
    return {
      kind: 'postgres', address: { host: HOST, port }, user: USER, password, version,
      source: part.source === 'cache' ? 'embedded' : pathOf(part), logFile, pid: started.group.pid,
      [Symbol.asyncDispose]: () => started.group[Symbol.asyncDispose](),
    }
  } catch (error) {
    await started.group[Symbol.asyncDispose]()
    throw error
  }
}

/** A real statement over a real login; '18.4'. */
async function askVersion(login: Login): Promise<string> {
  const client = new pg.Client({ database: 'postgres', connectionTimeoutMillis: ASK_LIMIT_MS, ...login })
  // A server that goes away in between says so on the connection too; the query's own rejection is what counts.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const sql = "select current_setting('server_version') as version"
    const { rows } = await client.query<{ readonly version: string }>(sql)
    return rows[0]?.version.split(' ')[0] ?? ''
  } finally {
    await client.end()
  }
}
