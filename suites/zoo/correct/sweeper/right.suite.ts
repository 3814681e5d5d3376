/**
 * Acknowledged early, finished late: a job that a crash left is swept up two seconds later.
 *
 * A naive checker sees a message that was acknowledged without its effect, and calls it lost too soon.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/sweeper/right',
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
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25, quantity: 3 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    shipment: { sql: 'select order_id as id, * from shipments' },
    movement: { sql: 'select order_id as id, * from movements' },
  },
  horizon: '20s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race'],
})
