/**
 * A transactional producer, and the input's offset committed outside its transaction (catalogue B-71).
 *
 * A crash between EndTxn and OffsetCommit leaves an invoice that every reader sees, and an order that comes again.
 */
import { defineSuite, kafka } from 'onceproof'

export default defineSuite({
  name: 'duplicate/eos-offsets-outside/broken',
  sources: { orders: kafka({ topic: 'orders', topics: { out: 1 } }) },
  subject: {
    command: ['node', 'broken.mjs'],
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
