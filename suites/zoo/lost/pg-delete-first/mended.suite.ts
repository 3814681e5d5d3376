/**
 * The twin of broken.suite.ts that works in the transaction that deletes the job.
 */
import { defineSuite, postgres, postgresQueue } from 'onceproof'

export default defineSuite({
  name: 'lost/pg-delete-first/mended',
  sources: { jobs: postgresQueue({ table: 'jobs' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'mended.mjs'],
    env: {
      DATABASE_URL: '{{db.url}}',
    },
  },
  contract: { identity: { property: 'messageId' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'race', 'stop'],
})
