/**
 * The twin of broken.suite.ts that remembers every message.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/last-id/mended',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['python3', 'mended.py'],
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
