/**
 * A conditional update as the only guard (catalogue C-04): the second one changes no row.
 *
 * A naive checker sees the same update twice, or takes an update of no row for a loss. One that looks at the code sees
 * a check before an act; here the act checks again.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/version-guard/right',
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
    body: { orderId: 'o-1001', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    confirmation: { sql: "select order_id as id, points, version from orders where status = 'confirmed'" },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie', 'race-twice'],
})
