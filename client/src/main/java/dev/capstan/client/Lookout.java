package dev.capstan.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Looks around while a server keeps somebody waiting. A machine that stands still, or that the
 * network has lost, takes requests and never answers them; and one that is cut off from the others
 * does not hear that another leads by now. So all servers are asked what they take themselves for,
 * by one question at a time each, however many wait. Safe for any thread; nothing blocks.
 */
final class Lookout {
  /** On what a server says of itself: the term that it is in. */
  private static final String TERM = "Capstan-Term";

  private static final int OK = 200;

  /** Longer than a machine that works hard takes for a quick answer. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private static final Duration LIMIT = Duration.ofSeconds(3);
  private static final Duration AGAIN_AFTER = Duration.ofMillis(200);

  /** Longer than a quick answer takes on a machine that is not overloaded. */
  private static final Duration LATE = Duration.ofMillis(150);

  /** Longer than a server takes to have a request answered by the one that leads, and to say so. */
  private static final Duration SENT_ON_WITHIN = Duration.ofMillis(500);

  /** While an answer is late: somebody else may lead at any moment. */
  private static final Duration SOON = Duration.ofMillis(50);

  private static final Duration FRESH = Duration.ofSeconds(1);

  private final HttpClient http;
  private final List<String> servers;
  private final Map<String, Sight> sights = new ConcurrentHashMap<>();

  Lookout(HttpClient http, List<String> servers) {
    this.http = http;
    this.servers = List.copyOf(servers);
  }

  /** What somebody who waits for a server had better do. */
  sealed interface Advice {
    /** The server is there, and nobody says to lead instead of it. */
    record Stay() implements Advice {}

    /** The server answers nothing any more. */
    record Leave() implements Advice {}

    /** Another one leads, and the server does not know. */
    record Follow(String leader) implements Advice {}
  }

  /**
   * What is known of a server.
   *
   * @param askedAt when it was asked last
   * @param open since when it owes an answer; null if it does not
   * @param brokenAt when the last question ended without an answer; null if it did not
   * @param answeredAt when it answered last; null for never
   */
  private record Sight(
      long askedAt,
      @Nullable Long open,
      @Nullable Long brokenAt,
      @Nullable Long answeredAt,
      boolean ready,
      boolean leads,
      long term) {

    static final Sight NONE = new Sight(0, null, null, null, false, false, 0);

    boolean isDue(Duration after, long now) {
      return open == null && isPast(after, askedAt, now);
    }

    /** That it does not answer is new, so that it may have stood still, or the network lost it. */
    boolean isLate(long now) {
      return open != null && isPast(LATE, open, now) && !isPast(SILENCE, open, now);
    }

    Sight asked(long now) {
      return new Sight(now, now, brokenAt, answeredAt, ready, leads, term);
    }

    Sight answered(long now, boolean isReady, boolean isLeader, long inTerm) {
      return new Sight(askedAt, null, null, now, isReady, isLeader, inTerm);
    }

    Sight unanswered(long now) {
      return new Sight(askedAt, null, now, answeredAt, ready, leads, term);
    }

    boolean isSilent(long now) {
      boolean broken = brokenAt != null && !isPast(FRESH, brokenAt, now);
      return broken || (open != null && isPast(SILENCE, open, now));
    }

    boolean isFresh(long now) {
      return answeredAt != null && !isPast(FRESH, answeredAt, now);
    }

    private static boolean isPast(Duration time, long from, long now) {
      return now - from >= time.toNanos();
    }
  }

  /** How long to wait for a server before the next look around. */
  Duration pause(String server) {
    return sight(server).isLate(System.nanoTime()) ? SOON : AGAIN_AFTER;
  }

  /**
   * What to do about a server that keeps somebody waiting. Asks anew where that is due.
   *
   * @param waited how long that has taken
   */
  Advice about(String server, Duration waited) {
    long now = System.nanoTime();
    Sight present = sight(server);
    Duration after = present.isLate(now) ? SOON : AGAIN_AFTER;
    servers.forEach(each -> askIfDue(each, after, now));
    present = sight(server);
    String leader = leaderInsteadOf(server, present, waited, now);
    if (leader != null) {
      return new Advice.Follow(leader);
    }
    return present.isSilent(now) ? new Advice.Leave() : new Advice.Stay();
  }

  private Sight sight(String server) {
    return sights.getOrDefault(server, Sight.NONE);
  }

  /**
   * One that says to lead, where the present one knows no leader, or says that it leads in an
   * earlier term: of two leaders the one in the later term is it (Raft, section 5.1). Also where
   * the present one knows who leads, and yet keeps somebody waiting: it may not reach that one.
   */
  private @Nullable String leaderInsteadOf(
      String server, Sight present, Duration waited, long now) {
    boolean leadsNothing = present.isFresh(now) && !present.leads();
    boolean inVain = leadsNothing && waited.compareTo(SENT_ON_WITHIN) >= 0;
    long latest =
        servers.stream()
            .map(this::sight)
            .filter(sight -> sight.isFresh(now))
            .mapToLong(Sight::term)
            .max()
            .orElse(0);
    for (String other : servers) {
      Sight sight = sight(other);
      if (!other.equals(server)
          && sight.isFresh(now)
          && sight.leads()
          && sight.term() == latest
          && (sight.term() > present.term()
              || (leadsNothing && !present.ready())
              || (inVain && sight.term() == present.term()))) {
        return other;
      }
    }
    return null;
  }

  private void askIfDue(String server, Duration after, long now) {
    if (isMyTurnToAsk(server, after, now)) {
      ask(server);
    }
  }

  private boolean isMyTurnToAsk(String server, Duration after, long now) {
    Sight before = sights.get(server);
    if (before == null) {
      return sights.putIfAbsent(server, Sight.NONE.asked(now)) == null;
    }
    return before.isDue(after, now) && sights.replace(server, before, before.asked(now));
  }

  private void ask(String server) {
    HttpRequest question =
        HttpRequest.newBuilder(URI.create(server + "/readyz")).timeout(LIMIT).build();
    var _ =
        http.sendAsync(question, BodyHandlers.discarding())
            .whenComplete(
                (answer, _) -> sights.computeIfPresent(server, (_, sight) -> after(sight, answer)));
  }

  private static Sight after(Sight sight, @Nullable HttpResponse<Void> answer) {
    if (answer == null) {
      return sight.unanswered(System.nanoTime());
    }
    boolean ready = answer.statusCode() == OK;
    boolean leads = ready && answer.headers().firstValue(Transport.LEADER).isEmpty();
    long term = answer.headers().firstValueAsLong(TERM).orElse(0);
    return sight.answered(System.nanoTime(), ready, leads, term);
  }
}
