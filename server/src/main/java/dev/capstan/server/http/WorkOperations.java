package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.WorkExchange;
import dev.capstan.server.http.json.Described;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Workers in any language: they take tasks that call their functions, and bring the results. */
final class WorkOperations {
  private static final Duration LEASE = Duration.ofSeconds(30);

  /** Nothing can be there before the engine has heard of the wish. */
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(100);

  private static final int MOST_PARTITIONS = 10_000;

  private final Gateway gateway;

  WorkOperations(Gateway gateway) {
    this.gateway = gateway;
  }

  @Described("What a worker asks for")
  record TakeWork(
      @Described("Its name; processes with the same functions may share it") String worker,
      @Described("Names of functions as workflows call them") List<String> functions,
      @Described("Most tasks that it takes now, 1 to 100; 1 without it") @Nullable Long max) {}

  @Described("Tasks that the worker has now")
  record WorkList(List<WorkItem> tasks) {
    static WorkList of(List<WorkExchange.Work> all) {
      return new WorkList(all.stream().map(WorkItem::of).toList());
    }
  }

  @Described("A task that the worker has now")
  record WorkItem(
      @Described("Id of the task, for the paths of heartbeat, complete and fail") String id,
      @Described("Names this attempt; to be sent with all that is said of it") String token,
      String function,
      @Described("Name of the task in the definition") String name,
      @Described("JSON pointer of the task in the definition") String reference,
      @Described("What stands under with, evaluated") JsonNode arguments,
      @Described("The same for every attempt of the task") String idempotencyKey,
      int attempt,
      @Described("When the attempt is cancelled") @Nullable Instant deadline,
      @Described("After so long without a heartbeat it is given to another") long leaseMs) {

    static WorkItem of(WorkExchange.Work work) {
      return new WorkItem(
          work.task().toString(),
          work.token(),
          work.function(),
          work.name(),
          work.reference(),
          work.arguments(),
          work.idempotencyKey(),
          work.attempt(),
          work.deadline(),
          work.lease().toMillis());
    }
  }

  @Described("The worker is at it")
  record Heartbeat(
      String token,
      @Described("How far the work is, 0 to 1") @Nullable Double progress,
      @Described("For people") @Nullable String message) {}

  @Described("The work is done")
  record CompleteWork(
      String token, @Described("Output of the task; null without it") @Nullable JsonNode output) {}

  @Described("The work has failed")
  record FailWork(String token, WorkError error) {}

  @Described("An error that the workflow can catch")
  record WorkError(
      @Described("URI of the kind of error") String type,
      @Described("Like an HTTP status, 100 to 599; 500 without it") @Nullable Long status,
      @Nullable String title,
      @Nullable String detail) {}

  List<Operation> operations() {
    return List.of(
        Operation.post("/v1/work", "takeWork")
            .reach(Reach.EACH)
            .tag("work", Permissions.WORK_DO)
            .summary("Takes tasks that call functions of a worker, as soon as there are some")
            .with(
                Parameter.query(
                    "wait",
                    Parameter.Kind.DURATION,
                    "Answer that there are none after this time, such as 30s"))
            .with(
                Parameter.query(
                    "lease",
                    Parameter.Kind.DURATION,
                    "After so long without a heartbeat a task is given to another; 30s without it"))
            .with(
                Parameter.query(
                    "partition",
                    Parameter.Kind.NUMBER,
                    "Of this partition alone; of one after the other without it"))
            .takes(TakeWork.class)
            .gives(200, "Tasks; none when there were none in time", WorkList.class)
            .watches()
            .handledBy(this::take),
        about(
                "heartbeat",
                "heartbeatWork",
                "Says that the worker is at a task: its lease begins anew")
            .takes(Heartbeat.class)
            .gives(204, "It is; 409 (CAP-2006) says that it is to stop")
            .handledBy(this::heartbeat),
        about("complete", "completeWork", "Ends a task with its output")
            .takes(CompleteWork.class)
            .gives(204, "The output is durable; 409 (CAP-2006) when the task is not this attempt's")
            .handledBy(this::complete),
        about("fail", "failWork", "Ends an attempt with an error, which the workflow may catch")
            .takes(FailWork.class)
            .gives(204, "The error is durable; 409 (CAP-2006) when the task is not this attempt's")
            .handledBy(this::fail));
  }

  private static Operation.Builder about(String deed, String id, String summary) {
    return Operation.post("/v1/work/{id}/" + deed, id)
        .reach(Reach.TASK)
        .tag("work", Permissions.WORK_DO)
        .summary(summary)
        .with(Parameter.path("id", "Id of the task as it was taken: order-17:4"));
  }

  /** Beyond an int it is out of all bounds anyway. */
  private static int whole(@Nullable Long number, int otherwise) {
    return number == null ? otherwise : Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  private Answer take(Call call) throws InterruptedException {
    TakeWork body = call.body(TakeWork.class);
    Duration asked = Objects.requireNonNullElse(call.maxWait(), Duration.ZERO);
    Duration wait = asked.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : asked;
    Duration lease =
        Objects.requireNonNullElse(
            call.query().duration("lease", WorkExchange.LONGEST_LEASE), LEASE);
    return Answer.json(
        200,
        WorkList.of(
            call.await(
                gateway
                    .work()
                    .take(
                        call.principal(),
                        (int) call.query().number("partition", 0, 0, MOST_PARTITIONS),
                        new WorkExchange.Take(
                            body.worker(), body.functions(), whole(body.max(), 1), lease),
                        wait),
                wait)));
  }

  private Answer heartbeat(Call call) {
    Heartbeat body = call.body(Heartbeat.class);
    boolean silent = body.progress() == null && body.message() == null;
    gateway
        .work()
        .heartbeat(
            call.principal(),
            TaskId.of(call.path("id")),
            body.token(),
            Objects.requireNonNullElse(body.progress(), -1.0),
            silent ? null : Objects.requireNonNullElse(body.message(), ""));
    return Answer.empty(204);
  }

  private Answer complete(Call call) throws InterruptedException {
    CompleteWork body = call.body(CompleteWork.class);
    Object _ =
        call.await(
            gateway
                .work()
                .complete(
                    call.principal(),
                    TaskId.of(call.path("id")),
                    body.token(),
                    Objects.requireNonNullElse(body.output(), NullNode.getInstance())));
    return Answer.empty(204);
  }

  private Answer fail(Call call) throws InterruptedException {
    FailWork body = call.body(FailWork.class);
    WorkError error = body.error();
    Object _ =
        call.await(
            gateway
                .work()
                .fail(
                    call.principal(),
                    TaskId.of(call.path("id")),
                    body.token(),
                    new WorkExchange.Failure(
                        error.type(), whole(error.status(), 500), error.title(), error.detail())));
    return Answer.empty(204);
  }
}
