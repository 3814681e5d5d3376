/**
 * The twin of broken.suite.ts that waits for the other thread before it commits.
 */
import { defineSuite, kafka, postgres } from 'onceproof'

export default defineSuite({
  name: 'lost/java-executor/mended',
  sources: { orders: kafka({ topic: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['java', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', 'Consumer'],
    env: {
      CLASSPATH: '{{parts.java-subjects}}/lost/java-executor/mended:{{parts.java-clients}}/*',
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
    payment: { sql: 'select order_id as id, * from payments' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'duplicate'],
})
