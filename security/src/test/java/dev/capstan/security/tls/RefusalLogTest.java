package dev.capstan.security.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.security.tls.RefusedPeerException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
  private final Logger logger = Logger.getLogger(RefusalLog.class.getName());
  private final Lines lines = new Lines();

  @BeforeEach
  void listen() {
    logger.setUseParentHandlers(false);
    logger.addHandler(lines);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(lines);
    logger.setUseParentHandlers(true);
  }

  @Test
  void aFloodOfRefusedPeersIsOneLineASecondAndCounted() {
    AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 10);
    RefusalLog log = new RefusalLog(nanos::get);
    RefusedPeerException refusal = new RefusedPeerException(Reason.EVICTED, "w1 is out");
    for (int i = 0; i < 1000; i++) {
      log.accept(refusal);
    }
    assertThat(lines.texts).hasSize(1).first().asString().contains("EVICTED; 0 more", "w1 is out");
    nanos.addAndGet(1_000_000_000);
    log.accept(refusal);
    log.accept(refusal);
    assertThat(lines.texts).hasSize(2).last().asString().contains("EVICTED; 999 more");
  }

  private static final class Lines extends Handler {
    final List<String> texts = new ArrayList<>();

    @Override
    public void publish(LogRecord line) {
      texts.add(new SimpleFormatter().formatMessage(line));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
