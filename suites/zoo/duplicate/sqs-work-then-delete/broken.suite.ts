/**
 * A plain loop on a FIFO queue, and nothing that knows a message again (catalogue B-03).
 *
 * The queue keeps out what is sent twice within five minutes; it does not keep out what is received twice because it
 * was not deleted.
 */
import { defineSuite, postgres, sqsFifo } from 'onceproof'

export default defineSuite({
  name: 'duplicate/sqs-work-then-delete/broken',
  sources: { orders: sqsFifo({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'broken.mjs'],
    env: {
      SQS_ENDPOINT: '{{orders.endpoint}}',
      QUEUE_URL: '{{orders.queueUrl}}',
      AWS_REGION: '{{orders.region}}',
      AWS_ACCESS_KEY_ID: '{{orders.accessKey}}',
      AWS_SECRET_ACCESS_KEY: '{{orders.secretKey}}',
      DATABASE_URL: '{{db.url}}',
    },
  },
  contract: { identity: { header: 'message-id' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
    posting: { sql: 'select order_id as id, * from postings' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'duplicate'],
})
