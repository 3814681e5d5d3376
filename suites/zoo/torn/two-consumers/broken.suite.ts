/**
 * Two consumers, one message of each at a time, and one connection to the database: the first commit takes half of the
 * other one's transaction with it.
 *
 * The marker and the booking of a message that waits for the provider are then durable, and its redelivery is skipped.
 */
import { defineSuite, http, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'torn/two-consumers/broken',
  sources: { orders: rabbitmq({ queue: 'orders' }), returns: rabbitmq({ queue: 'returns' }) },
  dependencies: {
    db: postgres(),
    psp: http({ dedup: { header: 'Idempotency-Key' } }),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'broken.mjs'],
    env: {
      ORDERS_URL: '{{orders.url}}',
      RETURNS_URL: '{{returns.url}}',
      DATABASE_URL: '{{db.url}}',
      PSP_URL: '{{psp.url}}',
    },
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
    lanes: ['orders', 'returns'],
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
    payment: { sql: 'select order_id as id, * from payments' },
    credit: { sql: 'select order_id as id, * from credits' },
    refund: { sql: 'select order_id as id, * from refunds' },
    call: { http: { to: 'psp', id: '/orderId' } },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'overtake'],
})
