/**
 * What was begun is remembered on the disk of the process (catalogue B-20, one step further): right until it starts on
 * another one.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/file-dedup/broken',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'broken.mjs'],
    env: {
      RABBITMQ_URL: '{{orders.url}}',
      DATABASE_URL: '{{db.url}}',
      QUEUE: '{{orders.queue}}',
      STATE_DIR: '{{incarnation.dir}}',
    },
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    key: '/customer',
    amount: '/amount',
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
  },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'kill-wipe'],
})
