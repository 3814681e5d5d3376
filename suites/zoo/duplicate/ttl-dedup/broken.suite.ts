/**
 * A memory that is cleaned up after two seconds, while the producer may replay for a fortnight (catalogue B-21, B-106).
 *
 * No dedup window is declared: the ledger is meant to be right, and the retention is nobody's promise.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/ttl-dedup/broken',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'broken.mjs'],
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
