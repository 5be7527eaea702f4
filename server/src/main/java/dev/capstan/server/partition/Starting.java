package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.WorkflowReference;
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
  private final Definitions deployed;

  Starting(IdempotencyKeys keys, Definitions deployed) {
    this.keys = keys;
    this.deployed = deployed;
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
    LiveExecution present = name == null ? null : byKey(turn, name, request, fingerprint);
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
            WorkflowReference.to(request.definition()),
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

  private @Nullable LiveExecution byKey(
      Turn turn, IdempotencyKeys.Name name, Start request, byte[] fingerprint) {
    IdempotencyKeys.Use use = keys.find(name, turn.now().toEpochMilli());
    LiveExecution present = use == null ? null : turn.find(use.execution());
    if (use == null || present == null) {
      return null; // With an execution that is forgotten its key is free again.
    }
    if (!isSame(request, fingerprint, present, use.fingerprint())) {
      throw new Refusal(
          Refusal.Code.KEY_REUSED,
          "The idempotency key \""
              + name.key()
              + "\" was used for another request, which started execution "
              + use.execution()
              + ".",
          "Send the same request again, or take a new key.");
    }
    return present;
  }

  private @Nullable LiveExecution byId(Turn turn, Start request, byte[] fingerprint) {
    LiveExecution present = turn.find(request.id());
    if (present != null && !isSame(request, fingerprint, present, present.fingerprint)) {
      throw new Refusal(
          Refusal.Code.ALREADY_EXISTS,
          "Execution "
              + request.id()
              + " exists already, with another definition, input, labels or deadline.",
          "Take another id, or none at all.");
    }
    return present;
  }

  /**
   * Whether a request is the one that an execution was started by. One for the latest version is
   * the same also when another version is the latest by now: who sends it again has said the same.
   * What tells it is worked out again rather than stored, so that it holds for executions that
   * older releases have started, and for those that they will answer for.
   *
   * @param first the fingerprint of the request that the execution was started by
   */
  private boolean isSame(Start request, byte[] fingerprint, LiveExecution present, byte[] first) {
    if (Arrays.equals(first, fingerprint)) {
      return true;
    }
    if (!request.latest()) {
      return false;
    }
    Document asked = request.definition().document();
    Definitions.Deployed then =
        deployed.find(asked.namespace(), asked.name(), present.startedWith.version());
    return then != null && Arrays.equals(first, Fingerprint.of(request, then.definition()));
  }
}
