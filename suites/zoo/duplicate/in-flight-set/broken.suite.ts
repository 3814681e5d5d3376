/**
 * A set of messages in hand that is forgotten with the broker connection, while their handlers live on (catalogue B-67).
 *
 * The message is delivered again over the next connection, to a handler that looks before the first one has committed.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/in-flight-set/broken',
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
  faults: ['kill', 'cut', 'self-race'],
})
