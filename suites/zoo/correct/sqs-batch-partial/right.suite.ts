/**
 * Batches of ten that succeed in parts: what is done is deleted, what failed is given back (catalogue C-01).
 *
 * A naive checker asks each message for a delete of its own, or takes the ones that were given back for lost.
 */
import { defineSuite, postgres, sqsFifo } from 'onceproof'

export default defineSuite({
  name: 'correct/sqs-batch-partial/right',
  sources: { orders: sqsFifo({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
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
  },
  horizon: '10s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'error', 'stop'],
})
