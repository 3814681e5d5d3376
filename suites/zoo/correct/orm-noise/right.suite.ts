/**
 * An inbox under everything that an ORM, a tracer and a pool add to the wire: names that change with each process.
 *
 * A naive checker takes every text for an operation of its own and finds other points in each run, or counts the
 * poller's queries as work of a message.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/orm-noise/right',
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
    body: { orderId: 'o-1001', article: 'lamp' },
    vary: ['/orderId'],
  },
  effects: {
    line: { sql: 'select order_id as id, * from lines' },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie'],
})
