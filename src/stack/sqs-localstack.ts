/**
 * How a LocalStack for SQS alone is started, from a Python that has its packages.
 *
 * A few lines of ours run before it. Its server listens on all interfaces whatever GATEWAY_LISTEN says
 * (localstack/runtime/server/twisted.py), and the other one that it has, hypercorn, hangs up on whoever was silent for
 * five seconds: that server's endpoint gets our interface. And what its queues take for the time (`time.time` in
 * localstack/services/sqs) is moved by the seconds in a file of ours, which crosses its deduplication window without
 * waiting; the clock of its server, and of the machine, stays. Nothing else of it is changed.
 *
 * Everything that it writes lies in its own folder: outside of containers it obeys FILESYSTEM_ROOT, and
 * OVERRIDE_IN_DOCKER says that this is none. The index that setup has made lies in `seed` beside the program; without
 * it a start takes 2 s more.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { giveToNobody, HOST, type ServerProcess } from './server.ts'

const CLOCK_VARIABLE = 'ONCEPROOF_CLOCK'

const RUN = `
import functools, importlib, os, runpy, time, types
from twisted.internet import endpoints
endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface='${HOST}')

def moved():
    with open(os.environ['${CLOCK_VARIABLE}']) as seconds:
        return time.time() + float(seconds.read())

clock = types.SimpleNamespace(**{**vars(time), 'time': moved})
for name in ('models', 'provider', 'queue', 'utils'):
    importlib.import_module('localstack.services.sqs.' + name).time = clock

runpy.run_module('localstack.runtime.main', run_name='__main__')
`

export interface EmulatorPlace {
  /** Its own folder, which is its user's. */
  readonly folder: string
  readonly port: number
  /** What the part says. */
  readonly path: string
}

export function localstackProcess({ folder, port, path }: EmulatorPlace): ServerProcess {
  const files = join(folder, 'files')
  const seed = join(dirname(path), 'seed')
  if (existsSync(seed)) cpSync(seed, files, { recursive: true })
  else mkdirSync(files)
  giveTree(files)
  setClock(folder, 0)
  return {
    name: 'LocalStack', cwd: folder, logFile: join(folder, 'localstack.log'), command: [path, '-c', RUN],
    env: {
      TMPDIR: folder,
      [CLOCK_VARIABLE]: clockFile(folder),
      PYTHONDONTWRITEBYTECODE: '1',
      SERVICES: 'sqs',
      EAGER_SERVICE_LOADING: '1',
      GATEWAY_LISTEN: `${HOST}:${port}`,
      // Queue URLs name the host that the request was sent to: the tap.
      SQS_ENDPOINT_STRATEGY: 'dynamic',
      SQS_DISABLE_CLOUDWATCH_METRICS: '1',
      DNS_ADDRESS: 'false',
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      FILESYSTEM_ROOT: files,
      OVERRIDE_IN_DOCKER: '0',
      // A line per request otherwise.
      LS_LOG: 'warn',
    },
  }
}

/** By how much the time of its queues is ahead of the machine's; what is due then comes up to a second later. */
export function setClock(folder: string, aheadMs: number): void {
  const file = clockFile(folder)
  writeFileSync(`${file}.new`, String(aheadMs / 1000))
  giveToNobody(`${file}.new`)
  renameSync(`${file}.new`, file)
}

function clockFile(folder: string): string {
  return join(folder, 'clock')
}

function giveTree(folder: string): void {
  giveToNobody(folder)
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) giveToNobody(join(folder, entry))
}
