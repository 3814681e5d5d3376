/**
 * What every start of a Kafka would do again, done once beside its jars: `template`, a data folder as StorageTool
 * formats it, and `classes.jsa`, the classes that a short life of a broker has loaded (-XX:ArchiveClassesAtExit).
 *
 * An archive is good for the very words of the classpath and for the Java that made it, which goes on without it
 * otherwise. The words are `libs/NAME.jar` in the order of names, relative to a folder that has `libs`: the folder is
 * renamed when it is whole. Not made at all where that fails: a start takes twice as long then, nothing else.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { poll, within } from '../lib/clock.ts'
import { EnvironmentError } from '../lib/errors.ts'
import { askFramed } from '../lib/framed-request.ts'
import { freePorts } from '../lib/free-ports.ts'
import { openLedger, type Ledger } from '../lib/ledger.ts'
import { startProcess, type ProcessGroup } from '../lib/process-group.ts'
import { brokersQuestion, firstUse } from '../wire/kafka/readiness.ts'

const HOST = '127.0.0.1'
const CLUSTER_ID = 'b25jZXByb29mLWthZmthMQ'
const LIMIT_MS = 180_000
const ASK_LIMIT_MS = 5_000
const FLAGS = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']

interface Java {
  readonly group: ProcessGroup
  readonly lastLine: () => string
}

/** `folder` holds `libs` already. Throws where even formatting fails: then nothing would start. */
export async function prepareKafka(folder: string, onLine: (line: string) => void): Promise<void> {
  const scratch = join(folder, 'scratch')
  mkdirSync(scratch)
  try {
    await using ledger = await openLedger(scratch)
    const [port = 0, controller = 0] = await freePorts(2)
    const properties = join(scratch, 'server.properties')
    writeFileSync(properties, propertiesOf(join(scratch, 'data'), port, controller))
    await format(ledger, folder, properties)
    cpSync(join(scratch, 'data'), join(folder, 'template'), { recursive: true })
    const archive = join(folder, 'classes.jsa')
    await liveShortly(ledger, { folder, properties, archive, port }).catch((error: unknown) => {
      rmSync(archive, { force: true })
      onLine(`no class archive: ${error instanceof Error ? error.message : String(error)}`)
    })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function propertiesOf(data: string, port: number, controller: number): string {
  return [
    'process.roles=broker,controller', 'node.id=1', `controller.quorum.voters=1@${HOST}:${controller}`,
    'controller.listener.names=CONTROLLER', 'inter.broker.listener.name=IN',
    `listeners=IN://${HOST}:${port},CONTROLLER://${HOST}:${controller}`,
    `advertised.listeners=IN://${HOST}:${port}`, 'listener.security.protocol.map=IN:PLAINTEXT,CONTROLLER:PLAINTEXT',
    `log.dirs=${data}`, 'offsets.topic.replication.factor=1', 'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1', 'controlled.shutdown.enable=false', '',
  ].join('\n')
}

async function format(ledger: Ledger, folder: string, properties: string): Promise<void> {
  const tool = java(ledger, folder, ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties])
  const { code } = await within(tool.group.exited, { what: 'end of StorageTool', limitMs: LIMIT_MS })
  await tool.group.kill()
  if (code !== 0) throw new EnvironmentError(`StorageTool failed (exit code ${code}): ${tool.lastLine()}`)
}

interface Life {
  readonly folder: string
  readonly properties: string
  readonly archive: string
  readonly port: number
}

/** Until it answers all that a starting one is asked, then SIGTERM: the archive is written on the way out. */
async function liveShortly(ledger: Ledger, { folder, properties, archive, port }: Life): Promise<void> {
  const broker = java(ledger, folder, [`-XX:ArchiveClassesAtExit=${archive}`, 'kafka.Kafka', properties])
  try {
    for (const { what, frame, answer } of [brokersQuestion, ...firstUse]) {
      await poll(async () => {
        const reply = await askFramed({ host: HOST, port, frame, limitMs: ASK_LIMIT_MS }).catch(() => undefined)
        return reply === undefined ? undefined : answer(reply)
      }, { what: `an answer of Kafka to ${what}`, limitMs: LIMIT_MS, everyMs: 50, last: broker.lastLine })
    }
    broker.group.signal('SIGTERM')
    await within(broker.group.exited, { what: 'end of Kafka', limitMs: LIMIT_MS })
    if (!existsSync(archive)) throw new EnvironmentError(broker.lastLine())
  } finally {
    await broker.group.kill()
  }
}

function java(ledger: Ledger, folder: string, words: readonly string[]): Java {
  let last = 'it printed nothing'
  const jars = readdirSync(join(folder, 'libs')).filter((name) => name.endsWith('.jar')).toSorted()
  const group = startProcess(ledger, {
    name: 'java', cwd: folder, command: ['java', ...FLAGS, ...words],
    env: {
      PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: folder,
      CLASSPATH: jars.map((name) => `libs/${name}`).join(delimiter),
    },
    onOutput: (_, text) => {
      last = text.split('\n').findLast((line) => line.trim() !== '') ?? last
    },
  })
  return { group, lastLine: () => last.slice(0, 300) }
}
