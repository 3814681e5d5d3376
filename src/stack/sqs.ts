/**
 * The SQS of a stack: LocalStack, ElasticMQ where the part says so, or any service of that kind at a URL. Which one
 * it is stands in the version (`localstack 4.14.0`), because each has defects of its own that a verdict must name.
 *
 * Ready is a queue that was made and deleted again. Addresses in queue URLs differ: LocalStack answers with the address
 * that the request was sent to, hence the tap's; ElasticMQ always with its own, so that a subject that follows a
 * `GetQueueUrl` of it goes past its tap.
 */
import { randomUUID } from 'node:crypto'
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { EnvironmentError } from '../lib/errors.ts'
import type { Address, RunningServer } from '../model/edges.ts'
import { elasticmqProcess } from './sqs-elasticmq.ts'
import { localstackProcess, setClock } from './sqs-localstack.ts'
import {
  freePorts, HOST, makeServerFolder, parseServer, pathOf, startServer, tryTwice, untilReady, type StartContext,
} from './server.ts'

/** What emulators take from everybody; an access key that is no account number stands for account 000000000000. */
const TEST = 'test'
const REGION = 'us-east-1'
const READY_LIMIT_MS = 60_000
const ASK_LIMIT_MS = 5_000

interface Login {
  readonly address: Address
  readonly user: string
  readonly password: string
}

export function startSqs(context: StartContext): Promise<RunningServer> {
  const { url } = context.part
  return url === undefined ? tryTwice(() => startOwn(context)) : useGiven(context, url)
}

async function startOwn({ ledger, part, folder: parent, signal }: StartContext): Promise<RunningServer> {
  const [port = 0] = await freePorts(1)
  const folder = makeServerFolder(parent, `sqs-${port}`)
  const place = { folder, port, path: pathOf(part) }
  const isElasticmq = part.version.startsWith('elasticmq')
  const process = isElasticmq ? elasticmqProcess(place) : localstackProcess(place)
  const server = startServer(ledger, process)
  const login = { address: { host: HOST, port }, user: TEST, password: TEST }
  try {
    await untilReady(server, { name: process.name, limitMs: READY_LIMIT_MS, signal, probe: () => makeQueue(login) })
  } catch (error) {
    await server.group.kill()
    throw error
  }
  return {
    kind: 'sqs', ...login, version: part.version, source: part.source === 'cache' ? 'embedded' : pathOf(part),
    pid: server.group.pid, ...process.logFile === undefined ? {} : { logFile: process.logFile },
    ...isElasticmq ? {} : { moveClock: clockOf(folder) },
    [Symbol.asyncDispose]: () => server.group.kill(),
  }
}

function clockOf(folder: string): (ms: number) => void {
  let aheadMs = 0
  return (ms) => {
    aheadMs += ms
    setClock(folder, aheadMs)
  }
}

async function useGiven({ part }: StartContext, url: string): Promise<RunningServer> {
  const { address, user, password } = parseServer(part, url, 80)
  const login = { address, user: user === '' ? TEST : user, password: user === '' ? TEST : password }
  await makeQueue(login).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new EnvironmentError(`the SQS at ${address.host}:${address.port} does not answer: ${why}`)
  })
  return {
    kind: 'sqs', ...login, version: await askVersion(address), source: 'url',
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function makeQueue({ address, user, password }: Login): Promise<true> {
  const client = new SQSClient({
    endpoint: `http://${address.host}:${address.port}`, region: REGION, maxAttempts: 1,
    credentials: { accessKeyId: user, secretAccessKey: password },
  })
  try {
    const how = { abortSignal: AbortSignal.timeout(ASK_LIMIT_MS) }
    const made = await client.send(new CreateQueueCommand({ QueueName: `onceproof-ready-${randomUUID()}` }), how)
    await client.send(new DeleteQueueCommand({ QueueUrl: made.QueueUrl }), how)
    return true
  } finally {
    client.destroy()
  }
}

/** SQS itself does not tell; emulators do, each in its way. */
async function askVersion({ host, port }: Address): Promise<string> {
  const answer = await fetch(`http://${host}:${port}/_localstack/info`, { signal: AbortSignal.timeout(ASK_LIMIT_MS) })
    .catch(() => undefined)
  const info = answer?.ok === true ? await answer.text() : ''
  const localstack = /"version":\s*"([\d.]+)/.exec(info)?.[1]
  if (localstack !== undefined) return `localstack ${localstack}`
  return /pekko|akka|elasticmq/i.test(answer?.headers.get('server') ?? '') ? 'elasticmq' : 'sqs'
}
