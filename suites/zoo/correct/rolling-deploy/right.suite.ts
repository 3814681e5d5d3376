/**
 * A second version of the consumer joins and the first one goes, in mid-message; its new column may be empty.
 *
 * A naive checker compares the rows of the two versions and calls them different.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/rolling-deploy/right',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
    next: { command: ['node', 'next.mjs'] },
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
    registration: { sql: 'select order_id as id, * from orders' },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie', 'deploy', 'scale'],
})
