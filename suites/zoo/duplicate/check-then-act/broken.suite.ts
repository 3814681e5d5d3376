/**
 * Look first, then act, with nothing that makes the two one (catalogue B-11).
 *
 * Look, payout and note share a transaction, so that no crash hurts; but a look does not see what a dead process's
 * request in flight is about to commit.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/check-then-act/broken',
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
  },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'race'],
})
