/**
 * The twin of broken.suite.ts whose lock ends with the transaction that does the work.
 */
import { defineSuite, http, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'duplicate/pooler-lock/mended',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
    rates: http(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['sh', 'start.sh', 'mended.mjs'],
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
