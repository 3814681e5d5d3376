/**
 * A claim with an end, a number that fences off whoever has lost it, and a sweeper.
 *
 * A naive checker sees an acknowledged message without its effect and does not wait for the sweeper; or it counts two
 * claims of one message.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/lease-table/right',
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
    lockTtl: '1s',
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    payment: { sql: 'select order_id as id, * from payments' },
  },
  horizon: '20s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie'],
})
