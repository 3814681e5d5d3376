/**
 * The twin of broken.suite.ts that commits each message by hand, once its row is there.
 *
 * The client needs Node 22, so that it runs on the project's own.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'lost/platformatic-autocommit/mended',
  sources: { orders: kafka({ topic: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['../../../../node_modules/.bin/node', 'mended.mjs'],
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
    payment: { sql: 'select order_id as id, * from payments' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut'],
})
