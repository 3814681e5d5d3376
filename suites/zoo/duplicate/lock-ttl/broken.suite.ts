/**
 * A lock that ends by the clock while its owner still works (catalogue B-75, with a lock of its own).
 *
 * Whoever comes after two seconds may take it over; the first owner does not look whether it still has it.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/lock-ttl/broken',
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
