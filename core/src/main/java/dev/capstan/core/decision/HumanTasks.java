package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.HumanTask;
import dev.capstan.dsl.model.Interaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What people are asked to decide ({@code metadata.capstan.human}). Its texts are evaluated once,
 * when the task begins, and are in the history from then on.
 */
final class HumanTasks {
  private static final int LONGEST_TITLE = 1_000;
  private static final int LONGEST_DESCRIPTION = 20_000;
  private static final int MOST_CANDIDATES = 100;

  private final Turn turn;
  private final Scopes scopes;

  HumanTasks(Turn turn, Scopes scopes) {
    this.turn = turn;
    this.scopes = scopes;
  }

  /** Asks; the task listens already. */
  void start(TaskRun run, Interaction.Human human) {
    JsonNode texts =
        DataFlow.evaluate(
            run.reference(), () -> human.texts().evaluate(run.input(), scopes.of(run)));
    String title = text(run, texts, "title", LONGEST_TITLE);
    if (title == null) {
      throw invalid(run, "the title of a human task is a text that is not empty");
    }
    Instant dueAt = human.due() == null ? null : human.due().addTo(turn.moment().now());
    turn.record(
        new Event.HumanTaskOpened(
            run.id(),
            new HumanTask(
                title,
                text(run, texts, "description", LONGEST_DESCRIPTION),
                name(run, texts.path("assignee"), "the assignee of a human task"),
                candidates(run, texts.path("candidates")),
                dueAt,
                human.priority())));
    open(run).forEach(turn::effect);
  }

  private static @Nullable String text(TaskRun run, JsonNode texts, String member, int longest) {
    JsonNode value = texts.path(member);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (value.isContainerNode() || value.asText().length() > longest) {
      throw invalid(
          run,
          "the " + member + " of a human task is a text of at most " + longest + " characters");
    }
    return value.asText().isBlank() ? null : value.asText();
  }

  private static List<String> candidates(TaskRun run, JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return List.of();
    }
    if (!value.isArray() || value.size() > MOST_CANDIDATES) {
      throw invalid(run, "the candidates of a human task are a list of at most " + MOST_CANDIDATES);
    }
    List<String> candidates = new ArrayList<>();
    for (JsonNode item : value) {
      String name = name(run, item, "a candidate of a human task");
      if (name != null && !candidates.contains(name)) {
        candidates.add(name);
      }
    }
    return candidates;
  }

  private static @Nullable String name(TaskRun run, JsonNode value, String what) {
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (value.isContainerNode() || !isName(value.asText())) {
      throw invalid(run, what + " is " + NAME);
    }
    return value.asText();
  }

  /** What {@link #isName} asks for, for messages. */
  static final String NAME = "a name of 1 to 256 characters, none of which controls anything";

  /** Whether somebody may be called so: names are parts of keys. */
  static boolean isName(String text) {
    return !text.isBlank()
        && text.length() <= 256
        && text.chars().noneMatch(Character::isISOControl);
  }

  private static TaskFailure invalid(TaskRun run, String detail) {
    return new TaskFailure(ErrorType.VALIDATION, detail, run.reference());
  }

  /** The effect that a run which asks somebody stands for; none for any other. */
  static List<Effect> open(TaskRun run) {
    if (run.progress() instanceof Progress.Listening listening && listening.human() != null) {
      return List.of(
          new Effect.HumanTaskOpened(
              run.id(), run.task().name(), run.reference(), since(run), listening.human()));
    }
    return List.of();
  }

  /** Asks nobody any more. */
  static void close(Turn turn, TaskRun run, Progress.Listening listening) {
    HumanTask asked = listening.human();
    if (asked != null) {
      turn.effect(new Effect.HumanTaskClosed(run.id(), since(run), asked));
    }
  }

  private static Instant since(TaskRun run) {
    return run.startedAt() == null ? run.createdAt() : run.startedAt();
  }
}
