/**
 * Starts a RabbitMQ of the run's own beside whatever else runs on the machine: own node name, own port mapper (epmd),
 * everything on loopback, its distribution port too (without inet_dist_use_interface that listens everywhere).
 *
 * RUNNING_UNDER_SYSTEMD makes the start script become the server in place of staying its parent. The management
 * plugin costs nothing that could be measured (5.2 s to ready with it, 5.3 without, all plugins in place) and is how
 * cells get their virtual hosts. Connections are counted in the log, so its connection lines are kept; ready is an
 * AMQP handshake with our login and an answer of the management. It is ended by SIGKILL: its data is thrown away.
 */
import { connect } from 'amqplib'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { EnvironmentError } from '../lib/errors.ts'
import type { Address, RunningServer } from '../model/edges.ts'
import {
  freePorts, giveToNobody, HOST, makeServerFolder, parseServer, pathOf, searchPath, startServer, tryTwice,
  untilReady, type StartContext,
} from './server.ts'

const NAME = 'RabbitMQ'
const USER = 'onceproof'
const READY_LIMIT_MS = 60_000
const ASK_LIMIT_MS = 5_000

interface Ports {
  readonly amqp: number
  readonly management: number
  readonly distribution: number
  readonly mapper: number
}

interface Login {
  readonly address: Address
  readonly management: Address
  readonly user: string
  readonly password: string
}

export async function startRabbitmq(context: StartContext): Promise<RunningServer> {
  const { url } = context.part
  return url === undefined ? tryTwice(() => startOwn(context)) : useGiven(context, url)
}

async function useGiven({ part }: StartContext, url: string): Promise<RunningServer> {
  const { address, user, password } = parseServer(part, url, 5672)
  const { address: management } = parseServer(part, part.managementUrl ?? `http://${address.host}:15672`, 15672)
  const login = { address, management, user: user === '' ? 'guest' : user, password: user === '' ? 'guest' : password }
  const version = await askBoth(login).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new EnvironmentError(`${NAME} at ${address.host}:${address.port} does not answer: ${why}`)
  })
  return { kind: 'rabbitmq', ...login, version, source: 'url', [Symbol.asyncDispose]: () => Promise.resolve() }
}

async function startOwn(context: StartContext): Promise<RunningServer> {
  const { ledger, part, signal } = context
  const node = `onceproof-${randomUUID().slice(0, 8)}`
  const folder = makeServerFolder(context.folder, node)
  const [amqp = 0, management = 0, distribution = 0, mapper = 0] = await freePorts(4)
  const ports = { amqp, management, distribution, mapper }
  const password = randomUUID()
  writeConfig(folder, ports, password)
  const env = { ...erlangEnvironment(pathOf(part)), ...nodeEnvironment(folder, node, ports) }
  const epmd = startServer(ledger, {
    name: 'epmd', cwd: folder, env, command: ['epmd', '-address', HOST, '-port', String(mapper)],
  })
  const server = startServer(ledger, {
    name: NAME, cwd: folder, env, command: [join(pathOf(part), 'sbin/rabbitmq-server')],
  })
  const dispose = async (): Promise<void> => {
    await Promise.all([server.group.kill(), epmd.group.kill()])
  }
  const login = {
    address: { host: HOST, port: amqp }, management: { host: HOST, port: management }, user: USER, password,
  }
  try {
    const version = await untilReady(server, {
      name: NAME, limitMs: READY_LIMIT_MS, signal, probe: () => askBoth(login),
    })
    return {
      kind: 'rabbitmq', ...login, version, source: part.source === 'cache' ? 'embedded' : pathOf(part),
      logFile: join(folder, 'rabbit.log'), pid: server.group.pid, [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

function writeConfig(folder: string, ports: Ports, password: string): void {
  const files = {
    'rabbitmq.conf': [
      `listeners.tcp.1 = ${HOST}:${ports.amqp}`,
      `management.tcp.ip = ${HOST}`, `management.tcp.port = ${ports.management}`,
      `default_user = ${USER}`, `default_pass = ${password}`, 'loopback_users = none',
      'disk_free_limit.absolute = 50MB',
      'log.console = false', `log.file = ${join(folder, 'rabbit.log')}`, 'log.file.level = info',
      '',
    ],
    enabled_plugins: ['[rabbitmq_management].', ''],
    'advanced.config': ['[].', ''],
  }
  for (const [name, lines] of Object.entries(files)) {
    writeFileSync(join(folder, name), lines.join('\n'), { mode: 0o600 })
    giveToNobody(join(folder, name))
  }
  mkdirSync(join(folder, 'conf.d'))
  giveToNobody(join(folder, 'conf.d'))
}

/** Names every file, so that nothing of a RabbitMQ in /etc is read. */
function nodeEnvironment(folder: string, node: string, ports: Ports): Record<string, string> {
  return {
    HOME: folder,
    ERL_EPMD_PORT: String(ports.mapper),
    ERL_EPMD_ADDRESS: HOST,
    ERL_CRASH_DUMP_SECONDS: '0',
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput -kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_NODENAME: `${node}@localhost`,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'no-environment-file'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONFIG_FILES: join(folder, 'conf.d'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
  }
}

/** Our copy's Erlang lies beside it and finds itself by ERL_ROOTDIR; a system's is on PATH already. */
function erlangEnvironment(home: string): Record<string, string> {
  const erlang = join(home, '../../../erlang')
  if (!existsSync(join(erlang, 'bin/erl'))) return {}
  const libraries = ['usr/lib', 'lib'].flatMap((part) => {
    const base = join(home, '../../../../../libraries', part)
    if (!existsSync(base)) return []
    return readdirSync(base).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(base, name))
  })
  return {
    ERL_ROOTDIR: erlang,
    PATH: [join(erlang, 'bin'), searchPath()].join(delimiter),
    ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(delimiter) }),
  }
}

/** A handshake with the login that everybody will use, and the management's own word for its version. */
async function askBoth({ address, management, user, password }: Login): Promise<string> {
  const answer = await fetch(`http://${management.host}:${management.port}/api/overview`, {
    headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
    signal: AbortSignal.timeout(ASK_LIMIT_MS),
  })
  if (!answer.ok) throw new EnvironmentError(`its management answers ${answer.status} to ${user}`)
  const version = /"rabbitmq_version":"([^"]+)"/.exec(await answer.text())?.[1] ?? ''
  const connection = await connect({
    protocol: 'amqp', hostname: address.host, port: address.port, username: user, password, vhost: '/',
  }, { timeout: ASK_LIMIT_MS, noDelay: true })
  await connection.close()
  return version
}
