package dev.capstan.worker.authentication;

import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.TaskFault;
import java.net.URI;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that calls of this node use, one per policy, kept in memory until shortly before they
 * expire. Whoever needs a token while it is being asked for waits for that answer: an authority
 * hears one request for a policy at a time. A request goes on when the call that began it is given
 * up; others may wait for it. Safe for concurrent use.
 */
final class AccessTokens {

  static final int MOST_KEPT = 256;

  static final Duration DISCOVERY_KEPT = Duration.ofHours(1);

  /** For all that an authority is asked until there is a token. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What is known of a policy. Guarded by the map of them. */
  private static final class Entry {

    @Nullable AccessToken token;
    long tokenSince;
    @Nullable URI endpoint;
    long endpointSince;
    @Nullable String refreshToken;
    @Nullable CompletableFuture<AccessToken> request;
  }

  private final Authority authority;
  private final LongSupplier nanoTime;
  private final Duration patience;

  /** The one longest unused first. */
  private final Map<TokenPolicy, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  AccessTokens(Authority authority, LongSupplier nanoTime, Duration patience) {
    this.authority = authority;
    this.nanoTime = nanoTime;
    this.patience = patience;
  }

  /**
   * The token of a policy, a new one when there is none that is good for a while.
   *
   * @throws TaskFault of type {@code authentication} or {@code communication} when there is none
   */
  AccessToken get(TokenPolicy policy) throws InterruptedException {
    CompletableFuture<AccessToken> request;
    synchronized (entries) {
      Entry entry = entry(policy);
      AccessToken known = fresh(entry);
      if (known != null) {
        return known;
      }
      request = entry.request;
      if (request == null) {
        request = new CompletableFuture<>();
        entry.request = request;
        begin(policy, entry, request);
      }
    }
    return await(request);
  }

  /** The token of a policy if there is one without asking for it. */
  @Nullable AccessToken known(TokenPolicy policy) {
    synchronized (entries) {
      Entry entry = entries.get(policy);
      return entry == null ? null : fresh(entry);
    }
  }

  /** A resource refused this token: it is not used again. */
  void drop(TokenPolicy policy, AccessToken refused) {
    synchronized (entries) {
      Entry entry = entries.get(policy);
      if (entry != null && refused.equals(entry.token)) {
        entry.token = null;
      }
    }
  }

  private void begin(TokenPolicy policy, Entry entry, CompletableFuture<AccessToken> request) {
    Thread thread =
        Thread.ofVirtual().name("capstan-token").unstarted(() -> fetch(policy, entry, request));
    // A request that takes too long is given up, so that the next call begins another one.
    var _ =
        request
            .orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete((_, _) -> thread.interrupt());
    thread.start();
  }

  private void fetch(TokenPolicy policy, Entry entry, CompletableFuture<AccessToken> request) {
    try {
      AccessToken token = ask(policy, entry);
      keep(entry, token);
      request.complete(token);
    } catch (InterruptedException | RuntimeException e) {
      forget(
          entry,
          e instanceof TaskFault fault
              && fault.fault().type().equals(ErrorType.AUTHENTICATION.uri()));
      request.completeExceptionally(e);
    }
  }

  private AccessToken ask(TokenPolicy policy, Entry entry) throws InterruptedException {
    URI endpoint;
    String refreshToken;
    synchronized (entries) {
      boolean old = nanoTime.getAsLong() - entry.endpointSince >= DISCOVERY_KEPT.toNanos();
      endpoint = old ? null : entry.endpoint;
      refreshToken = entry.refreshToken;
    }
    if (endpoint == null) {
      endpoint = authority.tokenEndpoint(policy);
      synchronized (entries) {
        entry.endpoint = endpoint;
        entry.endpointSince = nanoTime.getAsLong();
      }
    }
    return authority.token(policy, endpoint, refreshToken);
  }

  private void keep(Entry entry, AccessToken token) {
    synchronized (entries) {
      entry.token = token;
      entry.tokenSince = nanoTime.getAsLong();
      entry.request = null;
      if (token.refreshToken() != null) {
        entry.refreshToken = token.refreshToken();
      }
    }
  }

  /**
   * What led to a failure is found anew: the endpoint, and, if the authority has refused it, the
   * refresh token that came with a token.
   */
  private void forget(Entry entry, boolean refused) {
    synchronized (entries) {
      entry.endpoint = null;
      if (refused) {
        entry.refreshToken = null;
      }
      entry.request = null;
    }
  }

  private AccessToken await(CompletableFuture<AccessToken> request) throws InterruptedException {
    try {
      return request.get();
    } catch (ExecutionException e) {
      throw switch (e.getCause()) {
        case TaskFault fault -> new TaskFault(fault.fault());
        case TimeoutException _ -> late();
        case null, default -> new IllegalStateException("a token could not be asked for", e);
      };
    }
  }

  private TaskFault late() {
    return new TaskFault(
        ErrorType.COMMUNICATION.fault(
            "No access token",
            "The authority handed out no token within " + patience.toSeconds() + " s."));
  }

  private @Nullable AccessToken fresh(Entry entry) {
    AccessToken token = entry.token;
    return token != null && nanoTime.getAsLong() - entry.tokenSince < token.life() ? token : null;
  }

  private Entry entry(TokenPolicy policy) {
    Entry entry = entries.computeIfAbsent(policy, _ -> new Entry());
    Iterator<Entry> oldest = entries.values().iterator();
    while (entries.size() > MOST_KEPT) {
      oldest.next();
      oldest.remove();
    }
    return entry;
  }
}
