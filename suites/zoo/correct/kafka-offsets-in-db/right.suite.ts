/**
 * Offsets in the subject's own database, in the transaction of the effect, and none in the group.
 *
 * A naive checker waits for a commit that never comes, and calls everything lost or stuck.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'correct/kafka-offsets-in-db/right',
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
  contract: { identity: { header: 'message-id' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
  },
  settlement: 'none',
  horizon: '10s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'race', 'stop'],
})
