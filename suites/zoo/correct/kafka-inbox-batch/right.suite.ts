/**
 * Whole batches with eachBatch and a pool of five (catalogue C-01).
 *
 * A naive checker asks each message for an offset of its own, or calls the ones that come again with the batch
 * duplicates.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'correct/kafka-inbox-batch/right',
  sources: { orders: kafka({ topic: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
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
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie', 'stop'],
})
