package dev.capstan.cli.live;

import dev.capstan.client.CapstanException;
import dev.capstan.client.Execution;
import dev.capstan.client.HistoryEvent;
import dev.capstan.client.OutputPiece;
import dev.capstan.client.TaskProgress;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The tree, drawn over and over in place. Owns one thread, which draws at most ten times a second
 * when something has happened and about five times while only time goes by.
 */
public final class DrawnStory implements Story {
  private static final long BETWEEN_FRAMES_MILLIS = 100;
  private static final long WITHOUT_NEWS_MILLIS = 200;

  private final LiveTree tree;
  private final Screen screen;
  private final boolean unicode;
  private final boolean colour;
  private final Semaphore news = new Semaphore(0);
  private final Thread painter;
  private volatile boolean over;
  private volatile @Nullable String trouble;
  private int drawn;

  /** Where it is drawn. */
  public interface Screen extends AutoCloseable {
    /** Columns. */
    int width();

    /** Lines. */
    int height();

    /** Writes text with control sequences at once. */
    void write(String text);

    @Override
    void close();
  }

  /** Begins to draw. */
  public DrawnStory(LiveTree tree, Screen screen, boolean unicode, boolean colour) {
    this.tree = tree;
    this.screen = screen;
    this.unicode = unicode;
    this.colour = colour;
    this.painter = Thread.ofPlatform().daemon().name("capstan-screen").start(this::paint);
  }

  private void paint() {
    try {
      while (!over) {
        draw();
        Thread.sleep(BETWEEN_FRAMES_MILLIS);
        if (news.tryAcquire(WITHOUT_NEWS_MILLIS - BETWEEN_FRAMES_MILLIS, TimeUnit.MILLISECONDS)) {
          news.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      over = true;
    }
  }

  /** Replaces what was drawn before. */
  private synchronized void draw() {
    int width = Math.max(20, screen.width());
    int height = Math.max(3, screen.height() - 2);
    List<String> lines =
        new TreeText(width - 1, height, unicode, colour).lines(tree, Instant.now());
    StringBuilder text = new StringBuilder("\r");
    if (drawn > 0) {
      text.append("\u001b[").append(drawn).append('A');
    }
    lines.forEach(line -> text.append(line).append("\u001b[K\n"));
    String said = trouble;
    if (said != null) {
      text.append("(reconnecting: ").append(said).append(")\u001b[K\n");
    }
    text.append("\u001b[J");
    drawn = lines.size() + (said == null ? 0 : 1);
    screen.write(text.toString());
  }

  private void changed() {
    trouble = null;
    news.release();
  }

  @Override
  public void history(HistoryEvent event) {
    tree.apply(event);
    changed();
  }

  @Override
  public void output(OutputPiece piece) {
    tree.apply(piece);
    changed();
  }

  @Override
  public void progress(TaskProgress progress) {
    tree.apply(progress);
    changed();
  }

  @Override
  public void reconnecting(CapstanException reason) {
    trouble = reason.getMessage();
    news.release();
  }

  @Override
  public void end(Execution execution) {
    tree.apply(execution);
  }

  @Override
  public synchronized void close() {
    if (over) {
      return;
    }
    over = true;
    trouble = null;
    painter.interrupt();
    draw();
    screen.close();
  }
}
