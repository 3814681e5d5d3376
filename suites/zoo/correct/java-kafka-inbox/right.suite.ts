/**
 * The inbox pattern in Java, with Kafka's own client (catalogue C-01): a session of 45 s, a fetch ahead of the poll.
 *
 * A naive checker counts executions, or takes the statements of a driver that prepares them for other operations.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'correct/java-kafka-inbox/right',
  sources: { orders: kafka({ topic: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['java', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', 'Consumer'],
    env: {
      CLASSPATH: '{{parts.java-subjects}}/correct/java-kafka-inbox/consumer:{{parts.java-clients}}/*',
      KAFKA_BROKERS: '{{orders.address}}',
      TOPIC: '{{orders.topic}}',
      GROUP_ID: '{{orders.group}}',
      DATABASE_URL: '{{db.url}}',
      JDBC_URL: 'jdbc:postgresql://{{db.address}}/{{db.database}}?user={{db.user}}&password={{db.password}}',
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
