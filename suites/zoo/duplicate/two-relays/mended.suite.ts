/**
 * The twin of broken.suite.ts that keeps a row locked while it sends it, under a key that the receiver knows again
 * (catalogue C-05).
 */
import { defineSuite, http, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/two-relays/mended',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
    psp: http({ dedup: { header: 'Idempotency-Key' } }),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'mended.mjs'],
    env: {
      RABBITMQ_URL: '{{orders.url}}',
      DATABASE_URL: '{{db.url}}',
      QUEUE: '{{orders.queue}}',
      PSP_URL: '{{psp.url}}',
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
    charge: { http: { to: 'psp', id: '/orderId' } },
  },
  expect: { invoice: 'once', charge: 'once' },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'race', 'zombie'],
})
