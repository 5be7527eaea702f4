package dev.capstan.server.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Delivery;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.Refusal;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Token;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.node.config.Payload;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Turns what a worker reports into a command. Nothing that it sends can fail here: what is no value
 * becomes a fault of the task.
 */
final class ReportReader {
  private static final int TITLE_LENGTH = 500;
  private static final int DETAIL_LENGTH = 10_000;

  private final Payload payload;

  ReportReader(Payload payload) {
    this.payload = payload;
  }

  static AttemptToken token(Token token) {
    return new AttemptToken(
        token.getExecution(), token.getTask(), token.getAttempt(), token.getEpoch());
  }

  static Token token(AttemptToken token) {
    return Token.newBuilder()
        .setExecution(token.execution())
        .setTask(token.task())
        .setAttempt(token.attempt())
        .setEpoch(token.epoch())
        .build();
  }

  Command command(String node, AttemptToken token, Report report) {
    return switch (report.getOutcomeCase()) {
      case OUTPUT -> output(token, report.getOutput().toByteArray());
      case FAULT -> new Command.ReportFault(token, error(report.getFault()));
      case REFUSAL -> returned(node, token, report.getRefusal());
      // What this coordinator stops is settled before it says so: then the token is stale.
      case CANCELLED ->
          new Command.ReportReturned(token, "it was stopped on node " + node, Command.Return.LOST);
      case OUTCOME_NOT_SET ->
          new Command.ReportFault(
              token,
              ErrorType.RUNTIME.error(
                  "node " + node + " reported an outcome of a kind unknown here", null));
    };
  }

  /** A message that can't be taken ends the subscription, because it would come again for ever. */
  Command message(AttemptToken token, Delivery delivery) {
    try {
      JsonNode message = payload.read(delivery.getMessage().toByteArray(), "the message");
      return new Command.DeliverMessage(token, delivery.getNumber(), message);
    } catch (Payload.Invalid e) {
      return new Command.ReportFault(token, ErrorType.RUNTIME.error(e.getMessage(), null));
    }
  }

  private static Command returned(String node, AttemptToken token, Refusal refusal) {
    String reason = cut(refusal.getReason(), TITLE_LENGTH);
    return refusal.getBegun()
        ? new Command.ReportReturned(
            token, "node " + node + " handed it back: " + reason, Command.Return.LOST)
        : new Command.ReportReturned(token, "node " + node + " refused it: " + reason);
  }

  private Command output(AttemptToken token, byte[] bytes) {
    try {
      JsonNode output = payload.read(bytes, "the result");
      return new Command.ReportOutput(token, output);
    } catch (Payload.Invalid e) {
      return new Command.ReportFault(token, ErrorType.RUNTIME.error(e.getMessage(), null));
    }
  }

  private static WorkflowError error(Fault fault) {
    int status = fault.getStatus() >= 100 && fault.getStatus() <= 599 ? fault.getStatus() : 500;
    String type = isUri(fault.getType()) ? fault.getType() : ErrorType.RUNTIME.uri();
    return new WorkflowError(
        type,
        status,
        orNull(cut(fault.getTitle(), TITLE_LENGTH)),
        orNull(cut(fault.getDetail(), DETAIL_LENGTH)),
        null);
  }

  private static boolean isUri(String text) {
    if (text.isEmpty() || text.length() > TITLE_LENGTH) {
      return false;
    }
    try {
      return !new URI(text).toString().isEmpty();
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length) + "...";
  }
}
