/**
 * The twin of broken.suite.ts whose claim is written once, in the transaction of the payout (catalogue C-01).
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/plain-claim/mended',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'mended.mjs'],
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
    payout: { sql: 'select order_id as id, * from payouts' },
    entry: { sql: 'select order_id as id, * from ledger' },
  },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'race', 'zombie'],
})
