package dev.capstan.server.membership;

import dev.capstan.api.storage.v1.Admitted;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.security.identity.Role;
import dev.capstan.security.token.JoinGrant;
import dev.capstan.server.clocks.ClockWatch;
import dev.capstan.server.work.HostedWorkers;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether a machine may join, by the rows of its cluster. Reads, and changes nothing. */
final class JoinRules {
  /** As much as certificates allow for. */
  private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(5);

  private final Rows rows;
  private final Instant now;

  JoinRules(Rows rows, Instant now) {
    this.rows = rows;
    this.now = now;
  }

  /** The rows as of some moment. */
  interface Rows {
    /** The value of a row; null when there is none. */
    byte @Nullable [] get(byte[] key);
  }

  /** What is to come of an application. */
  sealed interface Finding {
    /** The machine may join; the row takes the place of the one that is there. */
    record Welcome(GrantRow spent) implements Finding {}

    /** It has joined with this very request, and its answer got lost. */
    record Again() implements Finding {}

    /**
     * It may not.
     *
     * @param counted takes the place of the row that is there; null where nothing is to be counted
     */
    record Refused(String sentence, @Nullable GrantRow counted) implements Finding {}
  }

  /**
   * What to answer who does not have the secret of a token that is good for something; null for who
   * has it. Looks at nothing that costs much, since it may be anybody.
   */
  Finding.@Nullable Refused stranger(Application application) {
    GrantRow row = grant(application);
    if (row == null) {
      return new Finding.Refused(JoinGrant.Reason.UNKNOWN_SECRET.sentence(), null);
    }
    boolean owner = row.grant().secret().matches(application.secret()) && !row.grant().isDead();
    return !owner && spend(row, application) instanceof JoinGrant.Spending.Refused refused
        ? refused(row, refused)
        : null;
  }

  /**
   * What is to come of an application.
   *
   * @param keys those for which it asks for certificates
   */
  Finding look(Application application, RequestedKeys keys) {
    GrantRow row = grant(application);
    Finding.Refused stranger = stranger(application);
    if (row == null || stranger != null) {
      return Objects.requireNonNull(stranger, "a token that is not there is nobody's");
    }
    if (isRepeated(row, application, keys)) {
      return new Finding.Again();
    }
    String clock = clock(application.wallMillis());
    if (clock != null) {
      return new Finding.Refused(clock, null);
    }
    Taken taken = taken(application.node());
    if (taken != null) {
      return new Finding.Refused(
          taken.what() + ": choose another name with --name" + taken.otherwise(), null);
    }
    return switch (spend(row, application)) {
      case JoinGrant.Spending.Spent(JoinGrant after) -> new Finding.Welcome(row.spent(after, keys));
      case JoinGrant.Spending.Refused refused -> refused(row, refused);
    };
  }

  private @Nullable GrantRow grant(Application application) {
    byte[] value = rows.get(ClusterRows.key(ClusterRows.GRANT, application.token()));
    return value == null ? null : GrantRow.read(value);
  }

  private JoinGrant.Spending spend(GrantRow row, Application application) {
    return row.grant().spend(application.secret(), application.role(), application.node(), now);
  }

  private static Finding.Refused refused(GrantRow row, JoinGrant.Spending.Refused refused) {
    JoinGrant after = refused.grant();
    return new Finding.Refused(
        refused.reason().sentence(), after.equals(row.grant()) ? null : row.with(after));
  }

  /**
   * Whether the same node asks for the same again, since the answer was lost. In everything that
   * decides what it gets the request must be the one for which the token was spent: whoever has a
   * worker's token and key must not become a coordinator with them.
   */
  private boolean isRepeated(GrantRow row, Application application, RequestedKeys keys) {
    JoinGrant grant = row.grant();
    return application.node().equals(grant.usedBy())
        && application.role() == grant.role()
        && row.isSpentFor(keys)
        && now.isBefore(grant.expiresAt())
        && isIn(application)
        && isAt(application.place());
  }

  private @Nullable String clock(@Nullable Long wallMillis) {
    long ahead = wallMillis == null ? 0 : wallMillis - now.toEpochMilli();
    return Math.abs(ahead) <= CLOCK_TOLERANCE.toMillis()
        ? null
        : "The clock of this machine is "
            + Math.abs(ahead) / 1_000
            + " s "
            + (ahead > 0 ? "ahead of" : "behind")
            + " the cluster's, and may differ by "
            + CLOCK_TOLERANCE.toSeconds()
            + " s: let NTP set it, and join again with the same token ("
            + ClockWatch.CODE
            + ")";
  }

  private boolean isIn(Application application) {
    byte[] value = rows.get(ClusterRows.key(ClusterRows.NODE, application.node()));
    if (value == null) {
      return false;
    }
    Admitted known = ClusterRows.node(value);
    return !known.hasEvictedMillis() && known.getRole().equals(application.role().word());
  }

  private boolean isAt(@Nullable CoordinatorPlace place) {
    if (place == null) {
      return true;
    }
    byte[] value = rows.get(ClusterRows.key(ClusterRows.COORDINATOR, place.node()));
    return value != null && place.isIn(ClusterRows.coordinator(value));
  }

  /**
   * Why nobody can join under a name.
   *
   * @param what whose it is
   * @param otherwise what can be done beside choosing another name, as the end of that sentence;
   *     empty for nothing
   */
  record Taken(String what, String otherwise) {}

  /** Why nobody can join under this name; null if somebody can. */
  @Nullable Taken taken(String node) {
    if (node.startsWith(HostedWorkers.PREFIX)) {
      return new Taken(
          "Names that begin with " + HostedWorkers.PREFIX + " are those of workers over HTTP", "");
    }
    byte[] value = rows.get(ClusterRows.key(ClusterRows.NODE, node));
    if (value == null) {
      return null;
    }
    Admitted known = ClusterRows.node(value);
    String remove =
        known.getRole().equals(Role.COORDINATOR.word())
            ? "capstan cluster remove"
            : "capstan nodes remove";
    return known.hasEvictedMillis()
        ? new Taken(
            "The name "
                + node
                + " was put out of the cluster at "
                + Instant.ofEpochMilli(known.getEvictedMillis())
                + " and is not used again",
            "")
        : new Taken(
            "The cluster has a node " + node + " already",
            "; if this is the same machine without its old data, put the old one out ("
                + remove
                + " "
                + node
                + ") and choose a new name");
  }
}
