/**
 * Three effects one after another, each committed by itself (catalogue B-39).
 *
 * A crash in between leaves a part; the redelivery meets the order's key, believes that all was done, and skips.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'torn/kafka-serial-effects/broken',
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
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25, quantity: 3 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    imported: { sql: 'select order_id as id, * from orders' },
    reservation: { sql: 'select order_id as id, * from reservations' },
    event: { sql: 'select order_id as id, * from order_events' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan'],
})
