package dev.capstan.server.nodes;

import dev.capstan.server.store.Change;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.WatchedStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells each partition of a coordinator which nodes the leaders of the others have found to be
 * lost: their rows, as the replicas here have applied them. A leader that has not heard a node yet
 * need not find out by itself. Safe for any thread.
 */
public final class Losses {
  private final Map<Integer, NodeDirectory> partitions = new ConcurrentHashMap<>();

  /** The nodes of a partition hear of the losses of the others from now on. */
  public void tell(int partition, NodeDirectory nodes) {
    partitions.put(partition, nodes);
  }

  /** Who is to watch over the rows of nodes of a partition. */
  public WatchedStore.Listener of(int partition) {
    return new Rows(partition);
  }

  private final class Rows implements WatchedStore.Listener {
    private final int partition;

    Rows(int partition) {
      this.partition = partition;
    }

    @Override
    public void changed(Store store, List<Change> changes) {
      for (Change change : changes) {
        if (change instanceof Change.Put put && !NodeRows.isEpoch(put.key())) {
          NodeRows.Row row = NodeRows.read(put.value());
          changed(row.profile().id(), row.status() == NodeStatus.LOST);
        }
      }
    }

    private void changed(String node, boolean lost) {
      partitions.forEach((number, nodes) -> {
        if (number != partition) {
          nodes.elsewhere(node, lost);
        }
      });
    }

    @Override
    public void replaced(Store store) {
      // What has become of nodes while this replica had not kept up is no news.
    }
  }
}
