/**
 * The twin of broken.suite.ts that sends the offset in the transaction.
 */
import { defineSuite, kafka } from 'onceproof'

export default defineSuite({
  name: 'duplicate/eos-offsets-outside/mended',
  sources: { orders: kafka({ topic: 'orders', topics: { out: 1 } }) },
  subject: {
    command: ['node', 'mended.mjs'],
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
  profile: 'quick',
  faults: ['kill', 'cut'],
})
