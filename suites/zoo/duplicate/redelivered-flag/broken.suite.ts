/**
 * Only what the broker calls redelivered is looked up (catalogue B-29).
 *
 * The flag says that a delivery was handed out before; it says nothing of a copy that the producer sent, and whoever had
 * the first delivery may still be at work.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/redelivered-flag/broken',
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
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25, quantity: 3 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
    movement: { sql: 'select order_id as id, * from movements' },
  },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie'],
})
