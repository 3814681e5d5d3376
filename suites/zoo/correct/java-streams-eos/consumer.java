/*
 * Turns each order into an invoice on another topic, with Kafka Streams and its exactly-once processing.
 *
 * The library reads, produces and commits its offsets in one transaction, every 100 ms (its default under
 * exactly_once_v2). Without a state store the transactional id is another one in every life, so that a transaction that
 * was left open ends by its timeout of 10 s and not by the successor (catalogue C-09, C-10).
 */
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

final class Consumer {
  private static final ObjectMapper json = new ObjectMapper();

  /** A client that has failed for good ends the process; the orchestrator starts the next one. */
  public static void main(String[] arguments) throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    KafkaStreams streams = new KafkaStreams(topology(), settings());
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
      if (now == KafkaStreams.State.NOT_RUNNING) ended.countDown();
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
    streams.start();
    System.out.println("waiting for messages in " + System.getenv("TOPIC"));
    ended.await();
  }

  private static Topology topology() {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(System.getenv("TOPIC"), Consumed.with(Serdes.String(), Serdes.String()))
      .mapValues(Consumer::invoiceOf)
      .to(System.getenv("OUT"), Produced.with(Serdes.String(), Serdes.String()));
    return builder.build();
  }

  private static Properties settings() {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, System.getenv("GROUP_ID"));
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("KAFKA_BROKERS"));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, System.getenv("STATE_DIR"));
    return settings;
  }

  private static String invoiceOf(String order) {
    try {
      JsonNode read = json.readTree(order);
      ObjectNode invoice = json.createObjectNode();
      invoice.set("orderId", read.get("orderId"));
      invoice.set("total", read.get("amount"));
      invoice.put("dueInDays", 14);
      System.out.println("issued an invoice for order " + read.get("orderId").asText());
      return json.writeValueAsString(invoice);
    } catch (JsonProcessingException error) {
      throw new IllegalArgumentException("an order that is no JSON", error);
    }
  }
}
