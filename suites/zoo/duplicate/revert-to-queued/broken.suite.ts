/**
 * One catch around the call and the note of it sets the record back to "queued" (catalogue B-09).
 *
 * The error may be of the note, or of an answer that was lost: then the payout is made already.
 */
import { defineSuite, http, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/revert-to-queued/broken',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
    psp: http({ idField: 'orderId' }),
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
  contract: { identity: { property: 'messageId' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    payout: { http: { to: 'psp', id: '/orderId' } },
    record: { sql: "select order_id as id, amount, status from payouts where status = 'sent'" },
  },
  expect: { payout: 'once' },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'error'],
})
