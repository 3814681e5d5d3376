/**
 * Consume, transform, produce in one transaction with a stable transactional id (catalogue C-09, C-10).
 *
 * After a crash the topic holds the invoice twice, once aborted: a naive checker that reads uncommitted records calls
 * that a duplicate, and takes the gap of the control records for a loss.
 */
import { defineSuite, kafka } from 'onceproof'

export default defineSuite({
  name: 'correct/kafka-eos-pipeline/right',
  sources: { orders: kafka({ topic: 'orders', topics: { out: 1 } }) },
  subject: {
    command: ['node', 'consumer.mjs'],
    env: {
      KAFKA_BROKERS: '{{orders.address}}',
      TOPIC: '{{orders.topic}}',
      GROUP_ID: '{{orders.group}}',
      OUT: '{{orders.topic.out}}',
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
