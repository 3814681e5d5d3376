/**
 * @platformatic/kafka with its default `autocommit: true` (catalogue B-04).
 *
 * It commits what was fetched when it enters the buffer of a Readable, side by side with the handler of the first
 * message: a crash loses whatever lies in the buffer and in hand. The client needs Node 22, so that it runs on the
 * project's own.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'lost/platformatic-autocommit/broken',
  sources: { orders: kafka({ topic: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['../../../../node_modules/.bin/node', 'broken.mjs'],
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
