/*
 * Books an invoice for each order with Kafka's own client, and commits by hand.
 *
 * Catalogue C-01: an inbox row in the transaction of the effect, and the commit after it. Heartbeats go on in a thread
 * of the client's; the session of 45 s is its default.
 */
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

final class Consumer {
  private static final ObjectMapper json = new ObjectMapper();
  private static volatile boolean stopping;

  /** What the clients do not mend by themselves ends the process; the orchestrator starts the next one. */
  public static void main(String[] arguments) throws Exception {
    onSigterm(Thread.currentThread());
    try (
      Connection db = DriverManager.getConnection(System.getenv("JDBC_URL"));
      KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings())
    ) {
      db.setAutoCommit(false);
      consumer.subscribe(List.of(System.getenv("TOPIC")));
      System.out.println("waiting for messages in " + System.getenv("TOPIC"));
      while (!stopping) {
        ConsumerRecords<String, String> messages = consumer.poll(Duration.ofMillis(500));
        for (ConsumerRecord<String, String> message : messages) handle(db, message);
        if (!messages.isEmpty()) consumer.commitSync();
      }
    }
  }

  private static Map<String, Object> settings() {
    return Map.of(
      ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("KAFKA_BROKERS"),
      ConsumerConfig.GROUP_ID_CONFIG, System.getenv("GROUP_ID"),
      ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class,
      ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class,
      ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest",
      ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false
    );
  }

  private static void handle(Connection db, ConsumerRecord<String, String> message) throws Exception {
    JsonNode order = json.readTree(message.value());
    if (claim(db, messageId(message))) book(db, order);
    db.commit();
    System.out.println("booked order " + order.get("orderId").asText());
  }

  private static String messageId(ConsumerRecord<String, String> message) {
    return new String(message.headers().lastHeader("message-id").value(), StandardCharsets.UTF_8);
  }

  private static boolean claim(Connection db, String messageId) throws SQLException {
    String sql = "insert into processed (message_id) values (?) on conflict do nothing";
    try (var statement = db.prepareStatement(sql)) {
      statement.setString(1, messageId);
      return statement.executeUpdate() == 1;
    }
  }

  private static void book(Connection db, JsonNode order) throws SQLException {
    String sql = "insert into invoices (order_id, customer, amount) values (?, ?, ?)";
    try (var statement = db.prepareStatement(sql)) {
      statement.setString(1, order.get("orderId").asText());
      statement.setString(2, order.get("customer").asText());
      statement.setBigDecimal(3, order.get("amount").decimalValue());
      statement.executeUpdate();
    }
  }

  /** Finishes the messages in hand and commits them, then goes. */
  private static void onSigterm(Thread main) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      stopping = true;
      try {
        main.join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }));
  }
}
