package dev.capstan.server.boot;

import dev.capstan.api.v1.Place;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.server.agreement.AnsweringNetwork;
import dev.capstan.server.log.PeerNetwork.Call;
import dev.capstan.server.membership.Coordinators;
import dev.capstan.server.membership.Roster;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the coordinator that leads where this one is, when that is not what the rows say. Nobody
 * can do that for it: the leader can't reach it to find out, so it gets no entries and does not
 * know who leads, and asks all of them. Where another process of the same node answers, the one
 * that tells has to stop ({@link SoleProcess}). Any thread.
 */
final class Whereabouts implements AnsweringNetwork.Answers {
  private static final Logger LOG = LoggerFactory.getLogger(Whereabouts.class);
  private static final Duration STORED_WITHIN = Duration.ofSeconds(2);

  private final AnsweringNetwork network;
  private final Coordinators coordinators;
  private final Roster roster;
  private final BooleanSupplier leads;
  private final Supplier<@Nullable String> leader;
  private final SoleProcess self;
  private final Consumer<StartupRefusal> stop;

  /**
   * @param leads whether this coordinator leads
   * @param leader the one that does, as far as this one knows
   * @param self this process
   * @param stop is told when another process has the place of this one
   */
  Whereabouts(
      AnsweringNetwork network,
      Coordinators coordinators,
      Roster roster,
      BooleanSupplier leads,
      Supplier<@Nullable String> leader,
      SoleProcess self,
      Consumer<StartupRefusal> stop) {
    this.leader = leader;
    this.self = self;
    this.stop = stop;
    this.network = network;
    this.coordinators = coordinators;
    this.roster = roster;
    this.leads = leads;
  }

  /**
   * This one leads: stores where it is, unless another process of it answers where it was; that one
   * stays then. Completes when done, successful or not.
   */
  CompletableFuture<?> move(CoordinatorPlace place) {
    return CompletableFuture.runAsync(() -> moveHere(place), Whereabouts::run);
  }

  private void moveHere(CoordinatorPlace place) {
    try {
      Place other = self.otherThan(self.here());
      if (other != null) {
        stop.accept(SoleProcess.refusal(other));
      } else {
        store(place);
      }
    } catch (IOException later) {
      LOG.info("Where this coordinator is could not be stored yet: {}", later.getMessage());
    }
  }

  private static void run(Runnable run) {
    Thread.ofVirtual().name("capstan-whereabouts").start(run);
  }

  /** Asks one after the other until one has stored it; completes when done, successful or not. */
  CompletableFuture<?> tell() {
    return CompletableFuture.runAsync(this::tellEach, Whereabouts::run);
  }

  private void tellEach() {
    Place place = self.here();
    byte[] message = place.toByteArray();
    for (String other : roster.coordinators().keySet()) {
      if (other.equals(place.getNode())) {
        continue;
      }
      try {
        byte[] taken = network.call(other, Call.PLACE, message, STORED_WITHIN);
        if (taken.length > 0) {
          stop.accept(SoleProcess.refusal(Place.parseFrom(taken)));
        } else {
          LOG.info("{} has stored that this coordinator is at {}", other, place.getPeer());
        }
        return;
      } catch (IOException elsewhere) {
        LOG.debug("{} does not store where this coordinator is", other, elsewhere);
      }
    }
  }

  /**
   * Another coordinator tells where it is; answers when that is durable, with nothing, or with the
   * process that has its place.
   */
  @Override
  public byte[] answer(@Nullable String caller, byte[] message) throws IOException {
    Place said = Place.parseFrom(message);
    CoordinatorPlace place;
    try {
      place = CoordinatorPlace.of(said);
    } catch (IllegalArgumentException e) {
      throw new IOException("not a place", e);
    }
    if (!place.node().equals(caller)) {
      throw new IOException("coordinator " + caller + " tells the place of " + place.node());
    }
    boolean here = leads.getAsBoolean();
    // Who leads is not asked by those that take themselves for it.
    if (here || place.node().equals(leader.get())) {
      Place other = self.otherThan(said);
      if (other != null) {
        return other.toByteArray();
      }
    }
    if (!here) {
      throw new IOException("another coordinator leads");
    }
    store(place);
    return new byte[0];
  }

  private void store(CoordinatorPlace place) throws IOException {
    try {
      Object _ = coordinators.moved(place).get(STORED_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("not stored", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("stopping", e);
    }
  }
}
