/**
 * A table of jobs under row locks, with work inside and outside of the database.
 *
 * A naive checker sees one job with two workers and calls that a duplicate; the second one has it because the first
 * one's transaction is gone.
 */
import { defineSuite, http, postgres, postgresQueue } from 'onceproof'

export default defineSuite({
  name: 'correct/pg-skip-locked/right',
  sources: { jobs: postgresQueue({ table: 'jobs', done: 'done_at is not null' }) },
  dependencies: {
    db: postgres(),
    psp: http({ dedup: { header: 'Idempotency-Key' } }),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
    env: {
      DATABASE_URL: '{{db.url}}',
      PSP_URL: '{{psp.url}}',
    },
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
    charge: { http: { to: 'psp', id: '/orderId' } },
  },
  expect: { invoice: 'once', charge: 'once' },
  horizon: '10s',
  profile: 'full',
  faults: ['kill', 'stop', 'cut', 'orphan', 'duplicate', 'race', 'zombie', 'rebalance'],
})
