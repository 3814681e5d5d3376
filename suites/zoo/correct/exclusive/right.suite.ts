/**
 * A subject of which there is never more than one, and which the queue would not let in twice.
 *
 * A naive checker starts a second one beside it and reports what only that has broken.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/exclusive/right',
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
    backoff: '100ms',
    exclusive: true,
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001' },
    vary: ['/orderId'],
  },
  effects: {
    number: { sql: 'select order_id as id, message_id from numbers' },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie', 'stop'],
})
