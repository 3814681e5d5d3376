/**
 * Handlers that run side by side begin and commit on one connection: the first commit takes half of the others' work
 * with it.
 *
 * The marker and the invoice of a message that waits for the provider are then durable, and its redelivery is skipped.
 */
import { defineSuite, http, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'torn/shared-connection/broken',
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
    invoice: { sql: 'select order_id as id, * from invoices' },
    charge: { http: { to: 'psp', id: '/orderId' } },
    payment: { sql: 'select order_id as id, * from payments' },
  },
  expect: { invoice: 'once', charge: 'once', payment: 'once' },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'overtake'],
})
