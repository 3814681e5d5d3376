/**
 * An upsert that takes whatever comes last for the newest (no version guard): a late copy undoes what came after it.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'stale/last-write/broken',
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
    body: { orderId: 'o-1001', customer: 'c-7', sequence: 17, amount: 25 },
    vary: ['/orderId', '/sequence'],
    key: '/customer',
    amount: '/amount',
  },
  effects: {
    customer: { sql: 'select customer as id, last_order from customers', last: 'last_order' },
  },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'duplicate'],
})
