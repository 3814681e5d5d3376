/**
 * A body that can't be decoded ends the process and comes again (a cousin of catalogue B-101): nobody behind it is
 * served, although a dead letter queue is there.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'stuck/poison-crash/broken',
  sources: { orders: rabbitmq({ queue: 'orders', deadLetter: 'orders.dead' }) },
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
    invoice: { sql: 'select order_id as id, * from invoices' },
  },
  expect: { invoice: 'once', deadLetter: ['orders.dead'] },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'poison'],
})
