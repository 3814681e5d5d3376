/**
 * A claim that anybody may overwrite (catalogue B-17).
 *
 * It lets a successor in, and never keeps a second worker out: who has looked, claims and pays. No crash of one process
 * hurts, because payout and done-mark share a transaction.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/plain-claim/broken',
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
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'race', 'zombie'],
})
