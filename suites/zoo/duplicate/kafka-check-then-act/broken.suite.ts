/**
 * Look first, then act, with nothing that makes the two one (catalogue B-11).
 *
 * A member that was put out of its group goes on with the message in hand, while the partition's next owner is handed
 * the same one and finds nothing yet.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'duplicate/kafka-check-then-act/broken',
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
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'race'],
})
