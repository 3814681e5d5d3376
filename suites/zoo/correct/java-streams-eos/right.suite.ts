/**
 * Kafka Streams with `processing.guarantee=exactly_once_v2` and its defaults (catalogue C-09, C-10).
 *
 * A naive checker reads aborted records, takes a reader that waits for a dead transaction to end for a stuck one, or
 * asks each message for a commit of its own.
 */
import { defineSuite, kafka } from 'onceproof'

export default defineSuite({
  name: 'correct/java-streams-eos/right',
  sources: { orders: kafka({ topic: 'orders', topics: { out: 1 } }) },
  subject: {
    command: ['java', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', 'Consumer'],
    env: {
      CLASSPATH: '{{parts.java-subjects}}/correct/java-streams-eos/consumer:{{parts.java-clients}}/*',
      KAFKA_BROKERS: '{{orders.address}}',
      TOPIC: '{{orders.topic}}',
      GROUP_ID: '{{orders.group}}',
      OUT: '{{orders.topic.out}}',
      STATE_DIR: '{{incarnation.dir}}',
    },
  },
  contract: { identity: { header: 'message-id' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    issued: { queue: { source: 'orders', queue: 'out', id: '/orderId' } },
  },
  expect: { issued: 'once' },
  horizon: '10s',
  profile: 'full',
  faults: ['kill', 'cut', 'stop'],
})
