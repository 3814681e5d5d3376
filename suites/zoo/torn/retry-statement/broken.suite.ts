/**
 * A statement that lost a deadlock is run again by itself, outside the transaction that the error has ended.
 *
 * Catalogue B-55. COMMIT of a failed transaction rolls back, and is no error to most clients.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'torn/retry-statement/broken',
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
    },
  },
  contract: { identity: { property: 'messageId' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    placed: { sql: 'select order_id as id, * from orders' },
    reservation: { sql: 'select order_id as id, * from reservations' },
  },
  horizon: '5s',
  profile: 'quick',
  faults: ['kill', 'cut', 'error'],
})
