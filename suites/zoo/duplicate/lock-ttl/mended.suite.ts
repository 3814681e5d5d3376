/**
 * The twin of broken.suite.ts that writes nothing unless the lock is still its own, and holds on to its row until the
 * commit.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/lock-ttl/mended',
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
    lockTtl: '2s',
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    payout: { sql: 'select order_id as id, * from payouts' },
    entry: { sql: 'select order_id as id, * from ledger' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'race', 'zombie'],
})
