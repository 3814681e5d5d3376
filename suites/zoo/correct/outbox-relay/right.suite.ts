/**
 * An outbox whose relay polls beside the work (catalogue C-07): right, with much on the wire that no message causes.
 *
 * An event may be published twice, under one id; a naive checker calls that a duplicate, and the poller's transactions
 * effects without a message.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/outbox-relay/right',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
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
    invoice: { sql: 'select order_id as id, * from invoices' },
    event: { queue: { source: 'orders', queue: 'invoices', id: { property: 'messageId' } } },
  },
  expect: { invoice: 'once', event: 'at-least-once' },
  horizon: '20s',
  profile: 'full',
  faults: ['kill', 'stop', 'cut', 'orphan', 'duplicate', 'race'],
})
