package dev.capstan.server.nodes;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.Leads;
import dev.capstan.api.v1.Standby;
import dev.capstan.api.v1.Token;
import dev.capstan.api.v1.Welcome;
import java.util.Collection;

/** What a coordinator says of the state of a session. Any thread. */
final class SessionMessages {
  private final NodeSettings settings;

  SessionMessages(NodeSettings settings) {
    this.settings = settings;
  }

  /**
   * It does not lead, and keeps the stream for the time when it does.
   *
   * @param leader whom it takes for the leader; empty for none
   */
  CoordinatorMessage standby(String leader) {
    return CoordinatorMessage.newBuilder()
        .setStandby(
            Standby.newBuilder()
                .setClusterId(settings.cluster())
                .setCoordinator(settings.coordinator())
                .setKeepAliveMillis(settings.standbyKeepAlive().toMillis())
                .setReturnMillis(settings.returnMillis())
                .setLeader(leader)
                .setPartitions(settings.partitions()))
        .build();
  }

  /**
   * It leads, and asks what the worker holds.
   *
   * @param question its number, which the answer repeats
   */
  static CoordinatorMessage leads(long term, long question) {
    return CoordinatorMessage.newBuilder()
        .setLeads(Leads.newBuilder().setTerm(term).setNumber(question))
        .build();
  }

  /**
   * The worker has joined.
   *
   * @param released what it holds and is to give up
   * @param spreadMillis within how long it connects to the other coordinators
   */
  CoordinatorMessage welcome(LiveNode joined, Collection<Token> released, long spreadMillis) {
    return CoordinatorMessage.newBuilder()
        .setWelcome(
            Welcome.newBuilder()
                .setEpoch(joined.epoch)
                .setTerm(joined.term)
                .setClusterId(settings.cluster())
                .setCoordinator(settings.coordinator())
                .setKeepAliveMillis(settings.keepAlive().toMillis())
                .setReturnMillis(settings.returnMillis())
                .setMaxResultBytes(settings.limits().payloadBytes())
                .setPartitions(settings.partitions())
                .addAllReleased(released)
                .setSpreadMillis(spreadMillis))
        .build();
  }

  /**
   * The session ends.
   *
   * @param retry whether the worker may try again
   */
  static CoordinatorMessage goodbye(String reason, boolean retry) {
    return CoordinatorMessage.newBuilder()
        .setGoodbye(Goodbye.newBuilder().setReason(reason).setRetry(retry))
        .build();
  }
}
