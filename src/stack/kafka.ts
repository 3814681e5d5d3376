/**
 * Starts a Kafka of the run's own: one KRaft node on loopback, from a folder of jars and any Java from 17 on.
 *
 * Kafka tells clients whom to connect to, and each listener tells its own address. So a pool of listeners of ours
 * (slots.ts) is bound first, and the broker gets one named listener behind each, which advertises that slot: a client
 * that was sent to a slot never learns another way. Adding listeners to a running broker is refused, and 48 cost
 * 20 MB and no time.
 *
 * The data folder is a copy of one that setup has formatted, classes come from the archive that setup has made; both
 * are done without where a person's own Kafka is used. The classpath is relative, with `libs` a link in the server's
 * own folder, because an archive is good for the very words of the classpath only. It is ended by SIGKILL.
 */
import {
  chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs'
import { randomUUID } from 'node:crypto'
import { delimiter, join } from 'node:path'
import { within } from '../lib/clock.ts'
import { EnvironmentError } from '../lib/errors.ts'
import { askFramed } from '../lib/framed-request.ts'
import type { Address, RunningServer } from '../model/edges.ts'
import { brokersQuestion, featuresQuestion, firstUse, type Question } from '../wire/kafka/readiness.ts'
import { brokerProperties, type Listener } from './kafka-properties.ts'
import {
  freePorts, giveToNobody, HOST, makeServerFolder, parseServer, pathOf, startServer, tryTwice, untilReady,
  type StartContext,
} from './server.ts'
import { openSlots, type Slots } from './slots.ts'

const NAME = 'Kafka'
const SLOTS = 48
const READY_LIMIT_MS = 60_000
const FORMAT_LIMIT_MS = 60_000
const ASK_LIMIT_MS = 5_000
const CLUSTER_ID = 'b25jZXByb29mLWthZmthMQ'
/** C1 and the serial collector: a broker that lives for a minute is ready in half the time. */
const FLAGS = [
  '-Xmx256m', '-Xms64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-XX:-UsePerfData',
  '-Djava.net.preferIPv4Stack=true', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
]

export async function startKafka(context: StartContext): Promise<RunningServer> {
  const { url } = context.part
  return url === undefined ? tryTwice(() => startOwn(context)) : useGiven(context, url)
}

async function useGiven({ part }: StartContext, url: string): Promise<RunningServer> {
  const { address, user, password } = parseServer(part, url, 9092)
  const version = await askVersion(address).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new EnvironmentError(`${NAME} at ${address.host}:${address.port} does not answer: ${why}`)
  })
  return {
    kind: 'kafka', address, user, password, version: version ?? '', source: 'url',
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function startOwn(context: StartContext): Promise<RunningServer> {
  const slots = await openSlots(SLOTS, NAME)
  try {
    return await startBehind(context, slots)
  } catch (error) {
    slots[Symbol.dispose]()
    throw error
  }
}

async function startBehind(context: StartContext, slots: Slots): Promise<RunningServer> {
  const { ledger, part, signal } = context
  const folder = makeServerFolder(context.folder, `kafka-${randomUUID().slice(0, 8)}`)
  const [own = 0, controller = 0, ...behind] = await freePorts(SLOTS + 2)
  const address = { host: HOST, port: own }
  const upstreams = behind.map((port) => ({ host: HOST, port }))
  const properties = join(folder, 'server.properties')
  const dataFolder = join(folder, 'data')
  writeFileSync(properties, brokerProperties({
    version: part.version, dataFolder, controller: { host: HOST, port: controller },
    listeners: [{ name: 'IN', bind: address, advertised: address }, ...listenersOf(slots, upstreams)],
  }))
  const env = environmentIn(folder, pathOf(part))
  await formatInto(context, { folder, env, properties, dataFolder })
  const logFile = join(folder, 'kafka.log')
  writeFileSync(logFile, '')
  chmodSync(folder, 0o755)
  const server = startServer(ledger, {
    name: NAME, cwd: folder, env, logFile,
    command: ['java', ...FLAGS, `-Djava.io.tmpdir=${folder}`, ...archiveFlags(pathOf(part)), 'kafka.Kafka', properties],
  })
  const dispose = async (): Promise<void> => {
    slots[Symbol.dispose]()
    await server.group.kill()
  }
  try {
    await untilReady(server, { name: NAME, limitMs: READY_LIMIT_MS, signal, probe: startProbe(address) })
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    kind: 'kafka', address, user: '', password: '', version: part.version, logFile, pid: server.group.pid,
    source: part.source === 'cache' ? 'embedded' : pathOf(part),
    slot: () => slots.take(upstreams), [Symbol.asyncDispose]: dispose,
  }
}

function listenersOf(slots: Slots, upstreams: readonly Address[]): Listener[] {
  return slots.addresses.flatMap((advertised, i) => {
    const bind = upstreams[i]
    return bind === undefined ? [] : [{ name: `SLOT${i + 1}`, bind, advertised }]
  })
}

/** Its jars, by the same words as when the archive was made. */
function environmentIn(folder: string, home: string): Record<string, string> {
  symlinkSync(join(home, 'libs'), join(folder, 'libs'))
  const jars = readdirSync(join(home, 'libs')).filter((name) => name.endsWith('.jar')).toSorted()
  return { CLASSPATH: jars.map((name) => `libs/${name}`).join(delimiter) }
}

/** Java goes on without an archive that does not fit it. */
function archiveFlags(home: string): string[] {
  const archive = join(home, 'classes.jsa')
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : []
}

interface Formatting {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly properties: string
  readonly dataFolder: string
}

async function formatInto({ ledger, part }: StartContext, to: Formatting): Promise<void> {
  const { folder, env, properties, dataFolder } = to
  const template = join(pathOf(part), 'template')
  if (existsSync(template)) {
    rmSync(dataFolder, { recursive: true, force: true })
    mkdirSync(dataFolder, { mode: 0o700 })
    giveToNobody(dataFolder)
    for (const file of readdirSync(template)) {
      copyFileSync(join(template, file), join(dataFolder, file))
      giveToNobody(join(dataFolder, file))
    }
    return
  }
  const started = startServer(ledger, {
    name: 'StorageTool', cwd: folder, env,
    command: ['java', ...FLAGS, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties],
  })
  const { code } = await within(started.group.exited, { what: 'end of StorageTool', limitMs: FORMAT_LIMIT_MS })
  await started.group.kill()
  if (code !== 0) throw new EnvironmentError(`StorageTool failed (exit code ${code}): ${started.lastLine()}`)
}

/** Answers once a broker is there for clients: what it can tell of its version. Changes nothing. */
async function askVersion(address: Address): Promise<string | undefined> {
  const features = await ask(address, featuresQuestion)
  if (await ask(address, brokersQuestion) === undefined) return undefined
  const level = features?.get('metadata.version')
  return level === undefined ? 'of unknown version' : `metadata.version ${level}`
}

/**
 * Also that groups and transactions work: who first needs them has their topics made, and that is to be no client's
 * part. What was answered is not asked again.
 */
function startProbe(address: Address): () => Promise<true | undefined> {
  const left = [...firstUse]
  let isThere = false
  return async () => {
    isThere ||= await askVersion(address) !== undefined
    while (isThere) {
      const [question] = left
      if (question === undefined) return true
      if (await ask(address, question) === undefined) return undefined
      left.shift()
    }
    return undefined
  }
}

async function ask<T>(address: Address, { frame, answer }: Question<T>): Promise<T | undefined> {
  return answer(await askFramed({ ...address, frame, limitMs: ASK_LIMIT_MS }))
}
