/**
 * A table of jobs in batches of ten (psycopg), whose client prepares what it sends often.
 *
 * A naive checker ties a commit to the one job that it saw last.
 */
import { defineSuite, postgres, postgresQueue } from 'onceproof'

export default defineSuite({
  name: 'correct/pg-batch-python/right',
  sources: { jobs: postgresQueue({ table: 'jobs', done: 'done_at is not null' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['python3', 'consumer.py'],
    env: {
      PYTHONPATH: '{{parts.python-packages}}',
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
  faults: ['kill', 'stop', 'cut', 'race', 'rebalance'],
})
