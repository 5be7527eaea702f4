package dev.capstan.worker.asyncapi.kafka;

import dev.capstan.worker.asyncapi.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends records, and waits until all replicas have them. */
final class KafkaSender implements AutoCloseable {

  private final KafkaSettings settings;
  private final Producer<byte[], byte[]> producer;

  KafkaSender(KafkaSettings settings, Deadline deadline) throws IOException {
    this.settings = settings;
    try {
      this.producer =
          new KafkaProducer<>(
              settings.producer(deadline), new ByteArraySerializer(), new ByteArraySerializer());
    } catch (KafkaException e) {
      throw settings.failure(e);
    }
  }

  void send(ProducerRecord<byte[], byte[]> outgoing, Deadline deadline)
      throws IOException, InterruptedException {
    try {
      var _ =
          deadline.await(
              producer.send(outgoing),
              "The Kafka broker " + settings.names() + " has not confirmed the message");
    } catch (InterruptException e) {
      throw Interrupts.taken();
    } catch (KafkaException e) {
      throw settings.failure(e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException cause
          ? settings.failure(cause)
          : new IOException(e);
    }
  }

  /** Does not wait: what was sent has been confirmed, or given up. */
  @Override
  public void close() {
    Interrupts.without(() -> producer.close(Duration.ZERO));
  }
}
