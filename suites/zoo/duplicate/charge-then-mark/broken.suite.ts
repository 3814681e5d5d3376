/**
 * The charge and the note of it live in two stores, the note comes second (catalogue B-16).
 *
 * No transaction spans both; only a key that the receiver knows again can.
 */
import { defineSuite, http, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/charge-then-mark/broken',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
    psp: http({ dedup: { header: 'Idempotency-Key' } }),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'broken.mjs'],
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
    charge: { http: { to: 'psp', id: '/orderId' } },
    payment: { sql: 'select order_id as id, * from payments' },
  },
  expect: { charge: 'once', payment: 'once' },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan'],
})
