/**
 * Several messages of one partition at once, and the highest offset that is done is committed (catalogue B-61).
 *
 * An offset says that everything below it is done. The order that is overtaken has nobody left to speak for it.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'lost/kafka-highest-offset/broken',
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
    invoice: { sql: 'select order_id as id, * from invoices' },
    movement: { sql: 'select order_id as id, * from movements' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'overtake'],
})
