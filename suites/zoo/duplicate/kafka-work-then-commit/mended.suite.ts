/**
 * The twin of broken.suite.ts with an inbox row in the transaction of the effects (catalogue C-01).
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'duplicate/kafka-work-then-commit/mended',
  sources: { orders: kafka({ topic: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'mended.mjs'],
    env: {
      KAFKA_BROKERS: '{{orders.address}}',
      TOPIC: '{{orders.topic}}',
      GROUP_ID: '{{orders.group}}',
      DATABASE_URL: '{{db.url}}',
    },
  },
  contract: { identity: { header: 'message-id' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
    posting: { sql: 'select order_id as id, * from postings' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'duplicate'],
})
