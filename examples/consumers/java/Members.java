import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Keeps a table of a banner's members from its public topic: each record counts once, in its account's order, however often this is
 * killed.
 *
 * <pre>java -cp 'libs/*' Members.java BROKERS TOPIC BANNER STORE</pre>
 *
 * Needs a JDK from 17 on, kafka-clients and jackson-databind. STORE is a JSON file. It holds members and offsets and takes the place of
 * the one before by a rename: whoever is killed leaves the old file or the new one, whole. Its limit: it is written whole for each batch,
 * which is fine for some ten thousand members. For more take a database, and write both in one transaction of it, as ../python does.
 *
 * There is nothing to do before it is stopped: SIGTERM and SIGKILL are the same to it. Any error ends it; start it again.
 */
public final class Members {
  /**
   * What each type of event tells of a member. A field that is told and not there is one that policy does not let us see, or no longer
   * (consent was withdrawn): it is forgotten here too. Types that are not named tell nothing that we keep.
   */
  static final Map<String, List<String>> TELLS = Map.of(
      "customer.created", List.of("email", "tier"),
      "customer.email_changed", List.of("email"),
      "customer.tier_changed", List.of("tier"),
      "customer.consent_changed", List.of("email"),
      "customer.banner_changed", List.of("email", "tier"),
      "customer.deletion_requested", List.of("email", "tier"));
  static final List<String> EVERYTHING = List.of("email", "tier");
  static final ObjectMapper JSON = new ObjectMapper();

  /** A value (null: forgotten), and the version of the account's row that it is of. */
  public record Field(String value, long version) {}

  /** The highest sequence outlives the member: after a deletion it still keeps out what comes late. */
  public static final class Member {
    public String sequence = "";
    public Map<String, Field> fields = new TreeMap<>();
  }

  /** Where to read on, and for whoever wonders what was read: how many records changed something here, how many came late or twice. */
  public static final class Progress {
    public long nextOffset;
    public long applied;
    public long dropped;
  }

  /** All that must survive. It is of one topic. */
  public static final class Store {
    public String topic;
    public Map<Integer, Progress> partitions = new TreeMap<>();
    public Map<String, Member> members = new TreeMap<>();
  }

  static Store read(Path path, String topic) throws IOException {
    Store store = Files.exists(path) ? JSON.readValue(path.toFile(), Store.class) : new Store();
    if (store.topic == null) store.topic = topic;
    if (!store.topic.equals(topic)) throw new IOException(path + " is of the topic " + store.topic + ": give another file");
    return store;
  }

  /** After it returns the file is on the disk, also when the power fails. */
  static void write(Path path, Store store) throws IOException {
    Path next = path.resolveSibling(path.getFileName() + ".next");
    Files.write(next, JSON.writeValueAsBytes(store));
    sync(next, StandardOpenOption.WRITE);
    Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
    sync(path.toAbsolutePath().getParent(), StandardOpenOption.READ);
  }

  static void sync(Path path, StandardOpenOption how) throws IOException {
    try (FileChannel file = FileChannel.open(path, how)) {
      file.force(true);
    }
  }

  static String header(ConsumerRecord<String, String> record, String name) {
    return new String(record.headers().lastHeader(name).value(), java.nio.charset.StandardCharsets.UTF_8);
  }

  /** False: it came late or twice. */
  static boolean apply(Store store, String banner, ConsumerRecord<String, String> record) throws IOException {
    Member member = store.members.computeIfAbsent(record.key(), account -> new Member());
    String sequence = header(record, "ce_sequence");
    // As text: sequences are made so that the order of their letters is the order of the events.
    if (sequence.compareTo(member.sequence) <= 0) return false;
    member.sequence = sequence;

    String type = header(record, "ce_type");
    JsonNode payload = JSON.readTree(record.value());
    long version = payload.required("version").longValue();
    boolean moved = !payload.required("banner").asText().equals(banner);  // to another banner
    boolean gone = moved || type.equals("customer.deletion_requested");
    for (String name : gone ? EVERYTHING : TELLS.getOrDefault(type, List.of())) {
      // A row that could not become an event in its time comes behind newer ones (header ce_late), with a sequence of now and the
      // values of then. So a value never makes way for one of an older version.
      Field kept = member.fields.get(name);
      if (kept != null && kept.version() > version) continue;
      JsonNode value = payload.path(name);
      member.fields.put(name, new Field(gone || value.isMissingNode() || value.isNull() ? null : value.asText(), version));
    }
    return true;
  }

  public static void main(String[] arguments) throws IOException {
    String brokers = arguments[0], topic = arguments[1], banner = arguments[2];
    Path path = Path.of(arguments[3]);
    Store store = read(path, topic);

    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("group.id", "members-java");            // one store, one group
    settings.put("group.instance.id", "members");        // who is started again takes its partitions at once; a second one ends the first
    settings.put("isolation.level", "read_committed");   // else records of transactions that were given up are read too
    settings.put("enable.auto.commit", "false");         // the store knows where to read on, and Kafka cannot know better
    settings.put("auto.offset.reset", "none");           // where retention took what is next: better no answer than one with a hole
    settings.put("key.deserializer", StringDeserializer.class.getName());
    settings.put("value.deserializer", StringDeserializer.class.getName());

    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
      consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
          for (TopicPartition partition : partitions) {
            Progress known = store.partitions.get(partition.partition());
            if (known == null) consumer.seekToBeginning(List.of(partition));
            else consumer.seek(partition, known.nextOffset);
          }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
      });
      while (true) {
        ConsumerRecords<String, String> batch = consumer.poll(Duration.ofMillis(200));
        for (ConsumerRecord<String, String> record : batch) {
          Progress progress = store.partitions.computeIfAbsent(record.partition(), partition -> new Progress());
          if (apply(store, banner, record)) progress.applied++;
          else progress.dropped++;
          progress.nextOffset = record.offset() + 1;
        }
        // What the records say and that they were read are one file: a kill leaves both or neither.
        if (!batch.isEmpty()) write(path, store);
      }
    }
  }
}
