/**
 * A relay that takes pending rows without claiming them (catalogue B-43), and sends them without a key.
 *
 * Two live processes both see a row that neither has marked; so does the successor of a dead one.
 */
import { defineSuite, http, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/two-relays/broken',
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
  },
  expect: { invoice: 'once', charge: 'once' },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'race', 'zombie'],
})
