package dev.capstan.server.http;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.MigrationRequest;
import dev.capstan.server.gateway.Views.MigrationView;
import dev.capstan.server.http.json.Described;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Moving executions to other versions of their workflows. */
final class MigrationOperations {
  private final Gateway gateway;

  MigrationOperations(Gateway gateway) {
    this.gateway = gateway;
  }

  @Described("Where an execution is to move")
  record Migrate(
      @Described("A deployed version of the execution's workflow") String version,
      @Described("Only says whether it can move and what would change; false without it")
          @Nullable Boolean dryRun,
      @Described(
              "JSON pointers of tasks in that version, by their pointers in the present one, where a task has another name there")
          @Nullable Map<String, String> map) {}

  @Described("What a move means for an execution as it stands")
  record Migration(
      String id,
      @Described("The version that it has, or had before it moved") String from,
      String to,
      @Described("Whether it can move, or is there already") boolean canMove,
      @Described("Whether this request has moved it") boolean moved,
      @Described("Why it can't move") List<Obstacle> problems,
      @Described("What changes from where it stands on") List<Change> changes) {

    static Migration of(MigrationView view) {
      return new Migration(
          view.execution(),
          view.from(),
          view.to(),
          view.canMove(),
          view.moved(),
          view.problems().stream().map(Obstacle::of).toList(),
          view.changes().stream().map(Change::of).toList());
    }
  }

  @Described("Why an execution can't move")
  record Obstacle(
      @Described("JSON pointer of the task in the version that it has") String reference,
      @Described("Line of the task in the text of that version") @Nullable Integer line,
      String reason) {

    static Obstacle of(MigrationView.Problem problem) {
      return new Obstacle(
          problem.reference(), problem.line() == 0 ? null : problem.line(), problem.reason());
    }
  }

  @Described("What a move changes")
  record Change(
      @Described(
              "moves: it is under way and stands elsewhere; added, removed: it may come later; "
                  + "begins: a new branch of a fork")
          String kind,
      @Described("JSON pointer of the task; for added and begins in the version that it gets")
          String reference,
      @Described("Where it stands afterwards, when that differs") @Nullable String to) {

    static Change of(MigrationView.Change change) {
      return new Change(
          change.kind(),
          change.reference(),
          change.to().equals(change.reference()) ? null : change.to());
    }
  }

  List<Operation> operations() {
    return List.of(
        Operation.post("/v1/executions/{id}/migrate", "migrateExecution")
            .reach(Reach.EXECUTION)
            .tag("executions", Permissions.EXECUTIONS_CONTROL)
            .summary(
                "Moves an execution to another version of its workflow, or says what that means")
            .with(Parameter.path("id", "Id of the execution"))
            .takes(Migrate.class)
            .gives(200, "What it means; whether it has moved is in it", Migration.class)
            .handledBy(this::migrate));
  }

  private Answer migrate(Call call) throws InterruptedException {
    Migrate body = call.body(Migrate.class);
    Boolean dryRun = body.dryRun();
    Map<String, String> map = body.map();
    MigrationView view =
        call.await(
            gateway.migrate(
                call.principal(),
                call.path("id"),
                new MigrationRequest(
                    body.version(), dryRun != null && dryRun, map == null ? Map.of() : map)));
    return Answer.json(200, Migration.of(view)).asOf(view.revision());
  }
}
