package dev.capstan.server.partition;

import dev.capstan.server.store.Change;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.WatchedStore;
import java.util.List;

/** Tells which histories have grown when a batch is applied, whether decided here or not. */
public final class GrownHistories implements WatchedStore.Listener {
  private final Listener listener;

  /** Who hears of it, on the thread that applies; must not wait. */
  public interface Listener {
    /** Whether anybody wants to know. */
    boolean isListening();

    /**
     * A history has new events, and they can be read.
     *
     * @param firstIndex of the first of them
     */
    void grown(String execution, long firstIndex);
  }

  /** Tells this listener. */
  public GrownHistories(Listener listener) {
    this.listener = listener;
  }

  @Override
  public void changed(Store store, List<Change> changes) {
    if (!listener.isListening()) {
      return;
    }
    for (Change change : changes) {
      if (change instanceof Change.Put put) {
        listener.grown(Keys.executionIn(put.key(), 0), Keys.lastNumber(put.key()));
      }
    }
  }

  /** What others were told in the meantime is not known here; nobody hears of it twice. */
  @Override
  public void replaced(Store store) {}
}
