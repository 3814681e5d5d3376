/**
 * The inbox pattern in Go, with the AWS SDK and pgx (catalogue C-01).
 *
 * A naive checker counts receives and deletes, or takes the SDK's own second attempts for work.
 */
import { defineSuite, sqsFifo, postgres } from 'onceproof'

export default defineSuite({
  name: 'correct/go-sqs-inbox/right',
  sources: { orders: sqsFifo({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['sh', '-c', 'exec "$CONSUMER"'],
    env: {
      CONSUMER: '{{parts.go-subjects}}/correct/go-sqs-inbox/consumer',
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
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie', 'stop'],
})
