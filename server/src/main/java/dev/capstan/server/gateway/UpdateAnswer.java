package dev.capstan.server.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.OutputEntry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits in a history for what a listening task made of an update: the output of its handler, or of
 * the task where it has none.
 */
public final class UpdateAnswer implements Gateway.Watcher {
  private final TaskId task;
  private int ahead;
  private final CompletableFuture<@Nullable JsonNode> answer = new CompletableFuture<>();

  private UpdateAnswer(TaskId task, int ahead) {
    this.task = task;
    this.ahead = ahead;
  }

  /**
   * Completes with the answer, with null when there is none in time, or with a refusal when there
   * will be none.
   *
   * @param index of the event with which the update was taken
   * @param ahead how many other events of the task are to be handled first
   */
  public static CompletableFuture<@Nullable JsonNode> of(
      Gateway gateway, Principal principal, TaskId task, long index, int ahead, Duration atMost) {
    UpdateAnswer waits = new UpdateAnswer(task, ahead);
    Gateway.Watch watch = gateway.watch(principal, task.execution(), index, waits);
    CompletableFuture<@Nullable JsonNode> inTime =
        waits.answer.completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS);
    return inTime.whenComplete((@Nullable JsonNode _, @Nullable Throwable _) -> watch.close());
  }

  @Override
  public void entry(HistoryEntry entry) {
    if (!task.equals(entry.taskId())) {
      return;
    }
    switch (entry.type()) {
      case "cloudevent.handled" -> {
        if (ahead-- == 0) {
          complete(entry.output());
        }
      }
      case "task.completed" -> complete(entry.output());
      case "task.faulted" -> answer.completeExceptionally(faulted(entry.error()));
      case "task.cancelled" ->
          answer.completeExceptionally(unanswered("the task was cancelled: " + entry.reason()));
      default -> {}
    }
  }

  private void complete(@Nullable JsonNode output) {
    answer.complete(output == null ? NullNode.getInstance() : output);
  }

  private static Refusal faulted(@Nullable WorkflowError error) {
    String what =
        error == null
            ? ""
            : ": "
                + (error.detail() != null
                    ? error.detail()
                    : error.title() != null ? error.title() : error.type())
                + " ("
                + error.type()
                + ", status "
                + error.status()
                + ")";
    return new Refusal(
        Refusal.Code.UPDATE_FAULTED,
        "The update was taken, and the task that handled it faulted" + what,
        "The history of the execution tells more.");
  }

  private static Refusal unanswered(String why) {
    return new Refusal(
        Refusal.Code.UPDATE_FAULTED, "The update was taken, and not answered: " + why, null);
  }

  @Override
  public void output(OutputEntry output) {}

  @Override
  public void progress(long run, double fraction, String message) {}

  @Override
  public void ended(ExecutionView ended) {
    answer.completeExceptionally(unanswered("the execution is " + ended.status().word()));
  }

  /** The watch could not go on, which says nothing of the update: it is taken. */
  @Override
  public void failed(Refusal reason) {
    answer.completeExceptionally(
        new Refusal(
            Refusal.Code.OUTCOME_UNKNOWN,
            "The update was taken, and its answer is not known: " + reason.getMessage(),
            "Send it again with the same Idempotency-Key for its answer.",
            Duration.ofMillis(200),
            List.of()));
  }
}
