/**
 * kafkajs with its defaults, and nothing that knows a message again (catalogue B-03).
 *
 * The offset is committed at the end of the fetched batch. A crash between COMMIT and OffsetCommit brings the message
 * back to a consumer that has forgotten it.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'duplicate/kafka-work-then-commit/broken',
  sources: { orders: kafka({ topic: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'broken.mjs'],
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
