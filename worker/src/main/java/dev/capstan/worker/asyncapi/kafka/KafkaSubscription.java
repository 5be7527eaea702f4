package dev.capstan.worker.asyncapi.kafka;

import dev.capstan.worker.asyncapi.Bytes;
import dev.capstan.worker.asyncapi.Deadline;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Messages of one topic. A group without a place in a partition gets one at once, at its end: so
 * what comes after the subscription comes again, too, as long as it is not acknowledged.
 */
final class KafkaSubscription implements Subscription {

  /** In the library's loop, interrupts and deadlines are looked at so often at least. */
  private static final Duration TURN = Duration.ofSeconds(1);

  private static final Duration MAKING = Duration.ofSeconds(5);

  private static final Duration PAUSE = Duration.ofMillis(100);

  private static final Duration LEAVING = Duration.ofSeconds(2);

  private static final Duration COMMIT = Duration.ofSeconds(30);

  private final KafkaSettings settings;
  private final String topic;
  private final Duration patience;
  private final Consumer<byte[], byte[]> consumer;
  private final Queue<ConsumerRecord<byte[], byte[]>> fetched = new ArrayDeque<>();

  /** When a broker was last known to answer, in the nanoseconds of the clock of this process. */
  private long heard = System.nanoTime();

  private @Nullable ConsumerRecord<byte[], byte[]> current;

  private KafkaSubscription(KafkaSettings settings, String topic, Duration patience) {
    this.settings = settings;
    this.topic = topic;
    this.patience = patience;
    this.consumer =
        new KafkaConsumer<>(
            settings.consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  static KafkaSubscription open(
      KafkaSettings settings, String topic, Duration patience, Deadline deadline)
      throws IOException, InterruptedException {
    KafkaSubscription subscription;
    try {
      subscription = new KafkaSubscription(settings, topic, patience);
    } catch (KafkaException e) {
      throw settings.failure(e);
    }
    boolean open = false;
    try {
      subscription.start(deadline);
      open = true;
      return subscription;
    } finally {
      if (!open) {
        subscription.close();
      }
    }
  }

  private void start(Deadline deadline) throws IOException, InterruptedException {
    try {
      List<PartitionInfo> partitions = partitions(deadline);
      if (settings.groupId() == null) {
        takeAll(partitions, deadline);
      } else {
        join(deadline);
      }
    } catch (InterruptException e) {
      throw Interrupts.taken();
    } catch (KafkaException e) {
      throw settings.failure(e);
    }
  }

  /** Asking for a topic makes it where brokers are told to make topics, which takes a moment. */
  private List<PartitionInfo> partitions(Deadline deadline)
      throws IOException, InterruptedException {
    Deadline making = Deadline.after(shorter(deadline.left(), MAKING));
    List<PartitionInfo> partitions = consumer.partitionsFor(topic, deadline.left());
    while (partitions.isEmpty()) {
      if (making.over()) {
        throw new IOException(
            "The Kafka broker " + settings.names() + " has no topic '" + topic + "'.");
      }
      Thread.sleep(PAUSE);
      partitions = consumer.partitionsFor(topic, deadline.left());
    }
    return partitions;
  }

  private void takeAll(List<PartitionInfo> partitions, Deadline deadline) {
    List<TopicPartition> all =
        partitions.stream().map(each -> new TopicPartition(topic, each.partition())).toList();
    consumer.assign(all);
    consumer.seekToEnd(all);
    // Only now it is known where the end is.
    all.forEach(each -> consumer.position(each, deadline.left()));
  }

  private void join(Deadline deadline) throws IOException {
    Joined joined = new Joined(deadline);
    consumer.subscribe(Set.of(topic), joined);
    while (!joined.done) {
      if (deadline.over()) {
        throw deadline.over(
            "The group '" + settings.groupId() + "' has not taken in another member");
      }
      poll(shorter(deadline.left(), TURN));
    }
  }

  /** Gives the group a place in each partition in which it has none. */
  private final class Joined implements ConsumerRebalanceListener {

    private final Deadline joining;
    private boolean done;

    Joined(Deadline joining) {
      this.joining = joining;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      Duration limit = done ? COMMIT : joining.left();
      Map<TopicPartition, OffsetAndMetadata> places = new HashMap<>();
      consumer
          .committed(Set.copyOf(partitions), limit)
          .forEach((partition, place) -> {
            if (place == null) {
              places.put(partition, new OffsetAndMetadata(consumer.position(partition, limit)));
            }
          });
      if (!places.isEmpty()) {
        consumer.commitSync(places, limit);
      }
      done = true;
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      fetched.removeIf(
          each -> partitions.contains(new TopicPartition(each.topic(), each.partition())));
    }
  }

  private void poll(Duration limit) {
    for (ConsumerRecord<byte[], byte[]> each : consumer.poll(limit)) {
      fetched.add(each);
    }
  }

  @Override
  public @Nullable WireMessage next(Duration limit) throws IOException, InterruptedException {
    Deadline deadline = Deadline.after(limit);
    try {
      while (fetched.isEmpty()) {
        poll(shorter(deadline.left(), TURN));
        if (fetched.isEmpty()) {
          mustAnswer();
          if (deadline.over()) {
            return null;
          }
        }
      }
    } catch (InterruptException e) {
      throw Interrupts.taken();
    } catch (KafkaException e) {
      throw settings.failure(e);
    }
    heard = System.nanoTime();
    current = fetched.remove();
    return message(current);
  }

  /** The library never gives up by itself; silence would look like a topic without messages. */
  private void mustAnswer() throws IOException {
    Duration silence = Duration.ofNanos(System.nanoTime() - heard);
    if (silence.compareTo(patience.dividedBy(4)) < 0) {
      return;
    }
    try {
      Set<TopicPartition> mine = consumer.assignment();
      if (mine.isEmpty()) {
        var _ = consumer.listTopics(TURN);
      } else {
        var _ = consumer.endOffsets(mine, TURN);
      }
      heard = System.nanoTime();
    } catch (TimeoutException e) {
      if (silence.compareTo(patience) > 0) {
        throw new IOException(
            "The Kafka broker " + settings.names() + " has not answered for " + patience + ".", e);
      }
    }
  }

  private static WireMessage message(ConsumerRecord<byte[], byte[]> fetched) {
    Map<String, String> headers = new LinkedHashMap<>();
    String contentType = null;
    String correlationId = null;
    for (Header header : fetched.headers()) {
      String value = header.value() == null ? "" : Bytes.text(header.value());
      headers.put(header.key(), value);
      switch (header.key().toLowerCase(Locale.ROOT)) {
        case KafkaTransport.CONTENT_TYPE -> contentType = value;
        case KafkaTransport.CORRELATION_ID -> correlationId = value;
        default -> {}
      }
    }
    byte[] payload = fetched.value() == null ? new byte[0] : fetched.value();
    return new WireMessage(payload, headers, contentType, correlationId);
  }

  @Override
  public void acknowledge() throws IOException {
    ConsumerRecord<byte[], byte[]> done = current;
    if (done == null) {
      throw new IllegalStateException("There is no message to acknowledge.");
    }
    if (settings.groupId() != null) {
      commit(new TopicPartition(done.topic(), done.partition()), done.offset() + 1);
    }
    current = null;
  }

  private void commit(TopicPartition partition, long place) throws IOException {
    try {
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(place)), COMMIT);
    } catch (InterruptException e) {
      // The flag stays set: who can be interrupted hears of it there.
      throw new IOException("The acknowledgement was interrupted.", e);
    } catch (KafkaException e) {
      throw settings.failure(e);
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  @Override
  public void close() {
    Interrupts.without(() -> consumer.close(CloseOptions.timeout(LEAVING)));
  }
}
