/*
 * Records one payment for each paid order: a thread polls, another one works.
 *
 * Resembles the consumers of odpi/egeria#863 and quarkusio/quarkus#40914 (catalogue B-06): whoever polls commits
 * when what was handed over is done. The row's key is the message's id, so that a message that comes twice is recorded
 * once.
 */
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

final class Consumer {
  private static final ObjectMapper json = new ObjectMapper();
  private static volatile boolean stopping;

  public static void main(String[] arguments) throws Exception {
    onSigterm(Thread.currentThread());
    ExecutorService worker = Executors.newSingleThreadExecutor();
    try (
      Connection db = DriverManager.getConnection(System.getenv("JDBC_URL"));
      KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings())
    ) {
      consumer.subscribe(List.of(System.getenv("TOPIC")));
      System.out.println("waiting for messages in " + System.getenv("TOPIC"));
      while (!stopping) {
        ConsumerRecords<String, String> messages = consumer.poll(Duration.ofMillis(500));
        List<Future<?>> work = new ArrayList<>();
        for (ConsumerRecord<String, String> message : messages) work.add(worker.submit(() -> handle(db, message)));
        for (Future<?> one : work) one.get();
        if (!work.isEmpty()) consumer.commitAsync();
      }
      worker.shutdown();
      worker.awaitTermination(10, TimeUnit.SECONDS);
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

  private static void handle(Connection db, ConsumerRecord<String, String> message) {
    try (var statement = db.prepareStatement(
      "insert into payments (message_id, order_id, amount) values (?, ?, ?) on conflict (message_id) do nothing"
    )) {
      JsonNode order = json.readTree(message.value());
      statement.setString(1, messageId(message));
      statement.setString(2, order.get("orderId").asText());
      statement.setBigDecimal(3, order.get("amount").decimalValue());
      statement.executeUpdate();
      System.out.println("recorded payment of order " + order.get("orderId").asText());
    } catch (Exception error) {
      leave(error);
    }
  }

  private static String messageId(ConsumerRecord<String, String> message) {
    return new String(message.headers().lastHeader("message-id").value(), StandardCharsets.UTF_8);
  }

  /** What does not mend by itself ends the process; the orchestrator starts the next one. */
  private static void leave(Exception error) {
    System.err.println(error.getMessage());
    Runtime.getRuntime().halt(1);
  }

  /** Finishes the messages in hand, then goes. */
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
