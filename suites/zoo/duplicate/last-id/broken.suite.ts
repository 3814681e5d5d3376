/**
 * A memory of one message per customer (catalogue B-36): it knows the copy that comes at once, and not the one that
 * comes after another message.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/last-id/broken',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['python3', 'broken.py'],
    env: {
      RABBITMQ_URL: '{{orders.url}}',
      DATABASE_URL: '{{db.url}}',
      QUEUE: '{{orders.queue}}',
      PYTHONPATH: '{{parts.python-packages}}',
    },
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    key: '/customer',
    amount: '/amount',
  },
  effects: {
    balance: { sql: 'select customer as id, balance from accounts', sum: 'balance' },
  },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'duplicate'],
})
