/**
 * A relay that marks events as published before the broker has said that it has them (catalogue B-41).
 *
 * The channel is in confirm mode, and nobody listens.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'lost/unconfirmed-publish/broken',
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
  contract: { identity: { property: 'messageId' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    event: { queue: { source: 'orders', queue: 'invoices', id: { property: 'messageId' } } },
  },
  expect: { event: 'at-least-once' },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'error'],
})
