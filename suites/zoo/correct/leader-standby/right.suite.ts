/**
 * One process leads and consumes, any other one stands by: a second incarnation never gets a message while the first
 * one lives.
 *
 * A naive checker waits for the second one to be ready, and calls the subject stuck; or it takes races that never came
 * about for races that were survived. `orphan` is not among the faults: the successor asks for the lock again and again
 * until the dead one's request is through, and each of its questions would be one more point of the recovery.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/leader-standby/right',
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
    body: { orderId: 'o-1001', customer: 'c-7' },
    vary: ['/orderId'],
  },
  effects: {
    booking: { sql: 'select order_id as id, * from bookings' },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'cut', 'duplicate', 'race', 'zombie', 'rebalance'],
})
