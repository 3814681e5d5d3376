/**
 * The twin of broken.suite.ts that remembers for longer than a replay can reach back.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/ttl-dedup/mended',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'mended.mjs'],
    env: {
      RABBITMQ_URL: '{{orders.url}}',
      DATABASE_URL: '{{db.url}}',
      QUEUE: '{{orders.queue}}',
    },
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true, replayWithin: '14d' },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    key: '/customer',
    amount: '/amount',
  },
  effects: {
    entry: { sql: 'select order_id as id, * from ledger' },
  },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'replay', 'late'],
})
