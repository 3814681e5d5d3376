/**
 * One key per message, and every message calls twice with it (catalogue C-05): the receiver charges once.
 *
 * A naive checker counts the calls.
 */
import { defineSuite, http, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/stable-key/right',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
    psp: http({ dedup: { header: 'Idempotency-Key' } }),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
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
    receipt: { sql: 'select order_id as id, * from receipts' },
  },
  expect: { charge: 'once', receipt: 'once' },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'stop', 'cut', 'orphan', 'duplicate', 'race', 'zombie', 'error'],
})
