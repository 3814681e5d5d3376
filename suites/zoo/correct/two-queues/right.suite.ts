/**
 * Two queues, one pool, twenty messages at once: an inbox (catalogue C-01) for each, and effects of each its own.
 *
 * A naive checker looks for every effect of every message, or for an order between the queues.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/two-queues/right',
  sources: { orders: rabbitmq({ queue: 'orders' }), returns: rabbitmq({ queue: 'returns' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
    env: {
      ORDERS_URL: '{{orders.url}}',
      RETURNS_URL: '{{returns.url}}',
      DATABASE_URL: '{{db.url}}',
    },
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', quantity: 3, amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
    lanes: ['orders', 'returns'],
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
    movement: { sql: 'select order_id as id, * from movements' },
    credit: { sql: 'select order_id as id, * from credits' },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'cut', 'stop', 'overtake', 'duplicate', 'race', 'zombie'],
})
