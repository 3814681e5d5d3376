/**
 * A lock of the session, taken through a pooler that lends out sessions for a transaction each (catalogue B-49).
 *
 * The session that has the lock goes back to the pooler, and the next one who asks for the lock may get that session:
 * to it the lock is its own. Two handlers of one process then work side by side.
 */
import { defineSuite, http, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/pooler-lock/broken',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
    rates: http(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['sh', 'start.sh', 'broken.mjs'],
    env: {
      RABBITMQ_URL: '{{orders.url}}',
      QUEUE: '{{orders.queue}}',
      DATABASE_URL: '{{db.url}}',
      DB_HOST: '{{db.host}}',
      DB_PORT: '{{db.port}}',
      DB_USER: '{{db.user}}',
      DB_PASSWORD: '{{db.password}}',
      DB_NAME: '{{db.database}}',
      PGBOUNCER: '{{parts.pgbouncer}}',
      POOL_FOLDER: '{{incarnation.dir}}',
      POOL_PORT: '{{incarnation.port.pool}}',
      POOL_URL: 'postgres://app@127.0.0.1:{{incarnation.port.pool}}/app',
      RATES_URL: '{{rates.url}}',
    },
  },
  contract: { identity: { property: 'messageId' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    payout: { sql: 'select order_id as id, * from payouts' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'race', 'self-race'],
})
