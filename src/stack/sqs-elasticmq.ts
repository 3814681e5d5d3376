/**
 * How an ElasticMQ is started, from a folder of its jars and the machine's Java. It holds everything in memory.
 *
 * The address in its queue URLs is fixed, so it is its own: who gets a URL from it and not from us leaves the tap.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EmulatorPlace } from './sqs-localstack.ts'
import { giveToNobody, HOST, type ServerProcess } from './server.ts'

/** C1 and the serial collector: a small server that lives for a minute is ready sooner. */
const FLAGS = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-XX:-UsePerfData']

export function elasticmqProcess({ folder, port, path }: EmulatorPlace): ServerProcess {
  const config = join(folder, 'elasticmq.conf')
  writeFileSync(config, [
    'include classpath("application.conf")',
    `node-address { protocol = http, host = "${HOST}", port = ${port}, context-path = "" }`,
    `rest-sqs { enabled = true, bind-port = ${port}, bind-hostname = "${HOST}", sqs-limits = strict }`,
    'rest-stats { enabled = false }',
    '',
  ].join('\n'))
  giveToNobody(config)
  return {
    name: 'ElasticMQ', cwd: folder, logFile: join(folder, 'elasticmq.log'), env: {},
    command: [
      'java', ...FLAGS, `-Dconfig.file=${config}`, `-Djava.io.tmpdir=${folder}`, '-cp', join(path, '*'),
      'org.elasticmq.server.Main',
    ],
  }
}
