/**
 * The inbox pattern in Go, with franz-go and pgx (catalogue C-01).
 *
 * A naive checker takes the preparing of a statement for work, or waits for the member's session to end.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'correct/go-kafka-inbox/right',
  sources: { orders: kafka({ topic: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['sh', '-c', 'exec "$CONSUMER"'],
    env: {
      CONSUMER: '{{parts.go-subjects}}/correct/go-kafka-inbox/consumer',
      KAFKA_BROKERS: '{{orders.address}}',
      TOPIC: '{{orders.topic}}',
      GROUP_ID: '{{orders.group}}',
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
