/**
 * A table of jobs with a lease column: claims that run out, and numbers that fence off whoever comes late.
 *
 * A naive checker takes the time until somebody else may have the job for a loss, or the second claim for a duplicate.
 */
import { defineSuite, postgres, postgresQueue } from 'onceproof'

export default defineSuite({
  name: 'correct/pg-lease-column/right',
  sources: { jobs: postgresQueue({ table: 'jobs', done: 'done_at is not null', lease: '1s' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
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
  profile: 'full',
  faults: ['kill', 'stop', 'cut', 'orphan', 'race', 'zombie', 'rebalance'],
})
