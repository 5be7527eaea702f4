package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.execution.Execution;
import dev.capstan.dsl.model.Document;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Start;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Starts executions; an id or a key that was used is answered with the execution that has it. Owned
 * by the partition's thread.
 */
final class Starting {
  private final IdempotencyKeys keys;

  Starting(IdempotencyKeys keys) {
    this.keys = keys;
  }

  /** An execution and whether it had been started before. */
  record Result(LiveExecution live, boolean replayed) {}

  /**
   * Starts an execution.
   *
   * @throws Refusal if its id or key belongs to an unequal request
   */
  Result start(Turn turn, Start request, byte[] fingerprint) {
    IdempotencyKeys.@Nullable Name name = keyName(request);
    LiveExecution present = name == null ? null : byKey(turn, name, fingerprint);
    if (present == null && !request.fresh()) {
      present = byId(turn, request, fingerprint);
    }
    if (present != null) {
      return new Result(present, true);
    }
    LiveExecution live =
        new LiveExecution(
            request.id(),
            Execution.blank(request.id(), request.definition(), turn.definitions()),
            fingerprint);
    Decision decision =
        turn.decide(
            live,
            new Command.Start(
                request.input(),
                request.parent(),
                request.labels(),
                request.principal(),
                request.predecessor(),
                request.deadline()));
    if (decision instanceof Decision.Rejected rejected) {
      throw new Refusal(Refusal.Code.INVALID_REQUEST, rejected.detail());
    }
    turn.add(live);
    turn.store(new Definitions.Deployed(request.definition(), request.definitionText()));
    if (name != null) {
      keys.use(turn.draft(), name, request.id(), fingerprint);
    }
    return new Result(live, false);
  }

  /**
   * Starts an execution that nobody waits for; one that can't be started is audited.
   *
   * @return its id, null if it was refused
   */
  @Nullable String tryStart(Turn turn, Start request) {
    try {
      return start(turn, request, Fingerprint.of(request)).live().id();
    } catch (Refusal | Poisoned alone) {
      turn.draft()
          .audit(
              request.principal(), "execution.start", request.id(), "refused", alone.getMessage());
      return null;
    }
  }

  /**
   * Starts an execution that a message asks for, which may have been received before.
   *
   * @param same whether an execution that has the id already is the one that the message started
   * @param failed hears why there will be none
   */
  void startOnce(Turn turn, Start request, Predicate<Execution> same, Consumer<String> failed) {
    try {
      var _ = start(turn, request, Fingerprint.of(request));
    } catch (Refusal refusal) {
      LiveExecution present = turn.find(request.id());
      if (present == null || !same.test(present.state())) {
        failed.accept(String.valueOf(refusal.getMessage()));
      }
    } catch (Poisoned poisoned) {
      failed.accept(poisoned.reason());
    }
  }

  /** What is told of a workflow that is not deployed. */
  static String unknown(String namespace, String name, String version) {
    return "There is no workflow " + namespace + "/" + name + "@" + version + ".";
  }

  private static IdempotencyKeys.@Nullable Name keyName(Start request) {
    String key = request.key();
    Document document = request.definition().document();
    return key == null
        ? null
        : new IdempotencyKeys.Name(document.namespace(), document.name(), key);
  }

  private @Nullable LiveExecution byKey(Turn turn, IdempotencyKeys.Name name, byte[] fingerprint) {
    IdempotencyKeys.Use use = keys.find(name, turn.now().toEpochMilli());
    if (use == null) {
      return null;
    }
    if (!Arrays.equals(use.fingerprint(), fingerprint)) {
      throw new Refusal(
          Refusal.Code.KEY_REUSED,
          "The idempotency key \""
              + name.key()
              + "\" was used for another request, which started execution "
              + use.execution()
              + ".",
          "Send the same request again, or take a new key.");
    }
    return turn.find(use.execution());
  }

  private static @Nullable LiveExecution byId(Turn turn, Start request, byte[] fingerprint) {
    LiveExecution present = turn.find(request.id());
    if (present != null && !Arrays.equals(present.fingerprint, fingerprint)) {
      throw new Refusal(
          Refusal.Code.ALREADY_EXISTS,
          "Execution "
              + request.id()
              + " exists already, with another definition, input, labels or deadline.",
          "Take another id, or none at all.");
    }
    return present;
  }
}
