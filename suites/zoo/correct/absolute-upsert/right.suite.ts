/**
 * An upsert of absolute values, with no memory at all (catalogue C-03): right by being idempotent.
 *
 * A naive checker counts two writes.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/absolute-upsert/right',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
    env: {
      RABBITMQ_URL: '{{orders.url}}',
      DATABASE_URL: '{{db.url}}',
      QUEUE: '{{orders.queue}}',
    },
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    state: { sql: 'select order_id as id, * from order_states' },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'stop', 'cut', 'orphan', 'duplicate', 'replay', 'race', 'zombie', 'error'],
})
