package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Interactions;
import dev.capstan.server.gateway.Interactions.HumanTaskView;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.http.ExecutionForms.Workflow;
import dev.capstan.server.http.json.Described;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tasks that wait for a person: list, show, decide, assign. */
final class HumanTaskOperations {
  private static final String TAG = "human tasks";
  private static final Parameter ID =
      Parameter.path("id", "Id of the human task as lists have it: order-17:4");

  private final Interactions interactions;

  HumanTaskOperations(Gateway gateway) {
    this.interactions = gateway.interactions();
  }

  @Described("A task that waits for a person to decide")
  record HumanTask(
      @Described("Names the task in the whole cluster") String id,
      @Described("Id of the execution") String execution,
      Workflow workflow,
      @Described("Name of the task") String task,
      @Described("JSON pointer of the task in the definition") String reference,
      String title,
      @Described("Not in lists") @Nullable String description,
      @Described("Who is to decide; nobody in particular without it") @Nullable String assignee,
      @Described("Users and groups of whom one may take it") List<String> candidates,
      @Described("-100 to 100") int priority,
      Instant since,
      @Described("When it should be decided; nothing happens then") @Nullable Instant dueAt,
      @Described("JSON schema of the decision; not in lists") @Nullable JsonNode form,
      @Described("Input of the task; not in lists") @Nullable JsonNode input) {

    static HumanTask of(HumanTaskView view) {
      return new HumanTask(
          view.id().toString(),
          view.execution(),
          new Workflow(view.namespace(), view.name(), view.version()),
          view.task(),
          view.reference(),
          view.title(),
          view.description(),
          view.assignee(),
          view.candidates(),
          view.priority(),
          view.since(),
          view.dueAt(),
          view.form(),
          view.input());
    }
  }

  record HumanTaskList(List<HumanTask> humanTasks, @Nullable String next) {}

  @Described("What was decided")
  record Decision(@Described("Meets the form, if there is one") JsonNode decision) {}

  @Described("A decision that was taken")
  record Decided(
      String id,
      @Described("Whether it had been taken before, under the same key") boolean replayed) {}

  @Described("Who is to decide")
  record Assignment(@Described("Nobody in particular without it") @Nullable String assignee) {}

  List<Operation> operations() {
    return List.of(
        list(),
        Operation.get("/v1/human-tasks/{id}", "getHumanTask")
            .reach(Reach.TASK)
            .tag(TAG, Permissions.HUMAN_TASKS_READ)
            .summary("Shows an open human task with all that it takes to decide it")
            .with(ID)
            .gives(200, "The human task", HumanTask.class)
            .handledBy(call ->
                answer(interactions.humanTask(call.principal(), TaskId.of(call.path("id"))))),
        Operation.post("/v1/human-tasks/{id}/complete", "completeHumanTask")
            .reach(Reach.TASK)
            .tag(TAG, Permissions.HUMAN_TASKS_COMPLETE)
            .summary("Decides a human task, by which its execution goes on")
            .with(ID)
            .with(
                Parameter.header(
                    "Idempotency-Key",
                    "A decision that is sent again with the same key is answered as the first time"))
            .takes(Decision.class)
            .gives(200, "The decision is taken", Decided.class)
            .handledBy(this::complete),
        Operation.post("/v1/human-tasks/{id}/assign", "assignHumanTask")
            .reach(Reach.TASK)
            .tag(TAG, Permissions.HUMAN_TASKS_ASSIGN)
            .summary("Says who is to decide a human task")
            .with(ID)
            .takes(Assignment.class)
            .gives(200, "The human task afterwards", HumanTask.class)
            .handledBy(this::assign));
  }

  private Operation list() {
    return Operation.get("/v1/human-tasks", "listHumanTasks")
        .reach(Reach.ALL)
        .tag(TAG, Permissions.HUMAN_TASKS_READ)
        .summary("Lists open human tasks, the latest first")
        .with(Parameter.query("assignee", Parameter.Kind.TEXT, "Only of this assignee"))
        .with(
            Parameter.query(
                "candidate",
                Parameter.Kind.TEXT,
                "Only those that this user or group may take, assigned to somebody or not"))
        .with(
            Parameter.query(
                "workflow", Parameter.Kind.TEXT, "Only of this workflow: name or namespace/name"))
        .paged()
        .gives(200, "A page", HumanTaskList.class)
        .handledBy(this::list);
  }

  private Answer list(Call call) {
    Query query = call.query();
    String workflow = query.text("workflow");
    int slash = workflow == null ? -1 : workflow.indexOf('/');
    Interactions.HumanTaskFilter filter =
        new Interactions.HumanTaskFilter(
            query.text("assignee"),
            query.text("candidate"),
            workflow == null || slash < 0 ? null : workflow.substring(0, slash),
            workflow == null ? null : workflow.substring(slash + 1));
    Page<HumanTaskView> page =
        interactions.humanTasks(call.principal(), filter, call.limit(), call.cursor());
    List<HumanTask> items = page.items().stream().map(HumanTask::of).toList();
    return Wire.page(call, page, new HumanTaskList(items, page.next()));
  }

  private Answer complete(Call call) throws InterruptedException {
    TaskId task = TaskId.of(call.path("id"));
    JsonNode decision = call.body(Decision.class).decision();
    Interactions.DecisionView view =
        call.await(interactions.complete(call.principal(), task, decision, call.idempotencyKey()));
    return Answer.json(200, new Decided(task.toString(), view.replayed())).asOf(view.revision());
  }

  private Answer assign(Call call) throws InterruptedException {
    TaskId task = TaskId.of(call.path("id"));
    String assignee = call.body(Assignment.class).assignee();
    return answer(call.await(interactions.assign(call.principal(), task, assignee)));
  }

  private static Answer.Whole answer(HumanTaskView view) {
    return Answer.json(200, HumanTask.of(view)).asOf(view.revision());
  }
}
