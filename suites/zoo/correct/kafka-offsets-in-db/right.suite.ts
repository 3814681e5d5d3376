/**
 * Offsets in the subject's own database, in the transaction of the effect, and none in the group.
 *
 * A naive checker waits for a commit that never comes, and calls everything lost or stuck. The row with the position
 * says what is over: everything before it, by the names that deliveries have on the wire.
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
  settlement: {
    sql: `select 'orders/' || partition || '@' || passed as id
      from positions, generate_series(0, next_offset - 1) as passed`,
  },
  horizon: '10s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'race', 'stop'],
})
