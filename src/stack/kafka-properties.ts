/**
 * What a broker of ours is told: one node that is broker and controller, everything on loopback, internal topics of
 * one partition, and nothing that waits for company (Kafka's defaults are for a cluster of many and for days).
 *
 * What a client may see stays as it is by default: session and rebalance timeouts are the clients' own, transactions
 * live as long as their clients say, topics are never made by asking. Lower bounds are lowered, so that a client that
 * asks for a short session gets it. With clients of KIP-848 the session is the broker's to say: that one stays at
 * Kafka's 45 s, while its heartbeat is quick, because assignments travel with it (5.5 s to rejoin otherwise).
 */
import type { Address } from '../model/edges.ts'

/** A named listener; clients that come by it are told its advertised address and no other. */
export interface Listener {
  readonly name: string
  readonly bind: Address
  readonly advertised: Address
}

export interface BrokerPlan {
  /** `4.3.1` */
  readonly version: string
  readonly dataFolder: string
  readonly controller: Address
  /** The first is the harness's own. */
  readonly listeners: readonly Listener[]
}

const CONTROLLER = 'CONTROLLER'

export function brokerProperties({ version, dataFolder, controller, listeners }: BrokerPlan): string {
  const at = ({ host, port }: Address): string => `${host}:${port}`
  const bound = [...listeners.map(({ name, bind }) => `${name}://${at(bind)}`), `${CONTROLLER}://${at(controller)}`]
  return [
    'process.roles=broker,controller', 'node.id=1', `controller.quorum.voters=1@${at(controller)}`,
    `controller.listener.names=${CONTROLLER}`, `inter.broker.listener.name=${listeners[0]?.name ?? ''}`,
    `listeners=${bound.join(',')}`,
    `advertised.listeners=${listeners.map(({ name, advertised }) => `${name}://${at(advertised)}`).join(',')}`,
    `listener.security.protocol.map=${[...listeners, { name: CONTROLLER }].map(({ name }) => `${name}:PLAINTEXT`)
      .join(',')}`,
    `log.dirs=${dataFolder}`,
    ...common, ...isAtLeast(version, 4, 3) ? sinceKip848 : [], '',
  ].join('\n')
}

const common: readonly string[] = [
  'auto.create.topics.enable=false', 'min.insync.replicas=1', 'default.replication.factor=1',
  'offsets.topic.num.partitions=1', 'offsets.topic.replication.factor=1',
  'transaction.state.log.num.partitions=1', 'transaction.state.log.replication.factor=1',
  'transaction.state.log.min.isr=1',
  'share.coordinator.state.topic.num.partitions=1', 'share.coordinator.state.topic.replication.factor=1',
  'share.coordinator.state.topic.min.isr=1',
  'group.initial.rebalance.delay.ms=0', 'group.min.session.timeout.ms=500', 'group.coordinator.append.linger.ms=0',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms=500',
  // Each listener has threads of its own, and there are many.
  'num.network.threads=1', 'num.io.threads=2', 'background.threads=2', 'num.recovery.threads.per.data.dir=1',
  'num.replica.alter.log.dirs.threads=1', 'group.coordinator.threads=1', 'log.cleaner.enable=false',
  'log.retention.check.interval.ms=86400000', 'log.flush.scheduler.interval.ms=3600000',
  'controlled.shutdown.enable=false', 'queued.max.requests=64',
]

const sinceKip848: readonly string[] = [
  'group.consumer.assignment.interval.ms=0', 'group.consumer.min.assignment.interval.ms=0',
  'group.consumer.assignor.offload.enable=false',
  'group.consumer.min.heartbeat.interval.ms=100', 'group.consumer.heartbeat.interval.ms=200',
  'group.consumer.min.session.timeout.ms=500',
]

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ours = 0, second = 0] = version.split('.').map(Number)
  return ours > major || ours === major && second >= minor
}
