/**
 * The effect's row has the message's id as a unique key, and 23505 is acknowledged (catalogue C-02).
 *
 * A naive checker takes the failed INSERT for a loss.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/unique-key/right',
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
    ticket: { sql: 'select order_id as id, * from tickets' },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'stop', 'cut', 'orphan', 'duplicate', 'replay', 'race', 'zombie', 'error'],
})
