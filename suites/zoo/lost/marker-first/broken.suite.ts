/**
 * The marker "processed" is committed on its own, before the effects (catalogue B-13).
 *
 * A crash between the two turns the redelivery into a skip: the message is lost through its own idempotency.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'lost/marker-first/broken',
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
    shipment: { sql: 'select order_id as id, * from shipments' },
    movement: { sql: 'select order_id as id, * from movements' },
  },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan'],
})
