/**
 * The twin of broken.suite.ts with one transaction around the three.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'torn/kafka-serial-effects/mended',
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
