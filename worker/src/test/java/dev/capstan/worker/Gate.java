package dev.capstan.worker;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.Token;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;

/**
 * An executor of the kind {@code gate} whose attempts wait until the test opens it, then complete
 * with 7.
 */
final class Gate implements Executor {

  static final String KIND = "gate";

  private final CountDownLatch opened = new CountDownLatch(1);
  private final List<Token> entered = new CopyOnWriteArrayList<>();
  private final List<Token> interrupted = new CopyOnWriteArrayList<>();

  @Override
  public List<String> kinds() {
    return List.of(KIND);
  }

  @Override
  public Outcome run(Attempt attempt) throws InterruptedException {
    entered.add(attempt.token());
    try {
      opened.await();
    } catch (InterruptedException e) {
      interrupted.add(attempt.token());
      throw e;
    }
    return new Outcome.Completed(IntNode.valueOf(7));
  }

  void open() {
    opened.countDown();
  }

  /** Attempts that were interrupted. */
  List<Token> interrupted() {
    return interrupted;
  }

  /** Waits until that many attempts have begun. */
  void awaitEntered(int count) {
    Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> entered.size() >= count);
  }

  int entered() {
    return entered.size();
  }
}
