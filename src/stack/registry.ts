/** Which servers the native environment can start. A new broker or database is one file here and one line. */
import type { RunningServer } from '../model/edges.ts'
import { startKafka } from './kafka.ts'
import { startPostgres } from './postgres.ts'
import { startRabbitmq } from './rabbitmq.ts'
import type { StartContext } from './server.ts'
import { startSqs } from './sqs.ts'

/** By kind; the part that a server is made of has the same name. */
export const starters: Readonly<Record<string, (context: StartContext) => Promise<RunningServer>>> = {
  rabbitmq: startRabbitmq,
  postgres: startPostgres,
  kafka: startKafka,
  sqs: startSqs,
}
