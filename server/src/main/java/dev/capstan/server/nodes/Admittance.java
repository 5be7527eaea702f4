package dev.capstan.server.nodes;

import dev.capstan.server.partition.PartitionRequests.TransactionView;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Who is let in as a worker. Safe for any thread, and quick. */
public interface Admittance {
  /** Takes everybody for who he says he is: for a coordinator that only this process reaches. */
  Admittance OPEN =
      new Admittance() {
        @Override
        public @Nullable String proven() {
          return null;
        }

        @Override
        public boolean isEvicted(String node) {
          return false;
        }

        @Override
        public boolean isEvicted(TransactionView view, String node) {
          return false;
        }

        @Override
        public @Nullable Instant provenUntil() {
          return null;
        }

        @Override
        public boolean evict(TransactionView view, String node) {
          return false;
        }
      };

  /** The node that the caller of the current gRPC call has proven to be; null: nobody need. */
  @Nullable String proven();

  /** Until when that proof is good; null: for ever, since nobody need prove anything. */
  @Nullable Instant provenUntil();

  /** Whether a node was put out, as far as that is applied here. */
  boolean isEvicted(String node);

  /** Whether a node was put out, by what is decided so far. */
  boolean isEvicted(TransactionView view, String node);

  /**
   * Puts a node out, in a transaction that also audits it.
   *
   * @return whether it was let in before; it may never have come since
   */
  boolean evict(TransactionView view, String node);
}
