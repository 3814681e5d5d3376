/**
 * A memory of what was done that dies with the process (catalogue B-20); what comes twice to one process is kept out.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'duplicate/kafka-memory-dedup/broken',
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
    payout: { sql: 'select order_id as id, * from payouts' },
    logged: { sql: 'select order_id as id, * from payout_log' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'duplicate'],
})
