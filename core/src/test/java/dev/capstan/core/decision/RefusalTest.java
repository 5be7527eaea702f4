package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ErrorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What comes from outside and does not fit is refused, and changes nothing. */
class RefusalTest {
  private static final String CALL =
      "do: [ { c: { call: http, with: { method: get, endpoint: 'http://localhost/' } } } ]";
  private static final JsonNode ONE = IntNode.valueOf(1);

  private static AttemptToken token(long task, int attempt, long epoch) {
    return new AttemptToken("x", task, attempt, epoch);
  }

  private static void refused(Desk desk, Command command, Decision.Reason reason) {
    long events = desk.execution().eventCount();
    Decision decision = desk.decide(command);
    assertThat(decision)
        .as(command.toString())
        .isInstanceOfSatisfying(
            Decision.Rejected.class, rejected -> assertThat(rejected.reason()).isEqualTo(reason));
    assertThat(desk.execution().eventCount()).isEqualTo(events);
  }

  @Test
  void reports_with_another_token_than_the_present_one() {
    Desk desk = Desk.started(CALL);
    refused(desk, new Command.ReportOutput(token(1, 1, 1), ONE), Decision.Reason.STALE_TOKEN);
    desk.accept(new Command.Assign(1, "node-1", 5));
    for (AttemptToken token : List.of(token(1, 2, 5), token(1, 1, 4), token(2, 1, 5))) {
      refused(desk, new Command.ReportOutput(token, ONE), Decision.Reason.STALE_TOKEN);
      refused(
          desk,
          new Command.ReportFault(token, ErrorType.RUNTIME.error("x", null)),
          Decision.Reason.STALE_TOKEN);
      refused(desk, new Command.ReportReturned(token, "lost"), Decision.Reason.STALE_TOKEN);
    }
    desk.accept(new Command.ReportOutput(token(1, 1, 5), ONE));
    refused(desk, new Command.ReportOutput(token(1, 1, 5), ONE), Decision.Reason.STALE_TOKEN);
  }

  @Test
  void a_report_of_an_attempt_that_was_replaced() {
    Desk desk = Desk.started(CALL);
    desk.accept(new Command.Assign(1, "node-1", 5));
    desk.accept(new Command.ReportReturned(token(1, 1, 5), "node-1 was lost"));
    refused(desk, new Command.ReportOutput(token(1, 1, 5), ONE), Decision.Reason.STALE_TOKEN);
    desk.accept(new Command.Assign(1, "node-2", 6));
    refused(desk, new Command.ReportOutput(token(1, 1, 5), ONE), Decision.Reason.STALE_TOKEN);
    desk.accept(new Command.ReportOutput(token(1, 2, 6), ONE));
    assertThat(desk.execution().status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void tasks_that_wait_for_no_node() {
    Desk desk = Desk.started(CALL);
    refused(desk, new Command.Assign(7, "node-1", 1), Decision.Reason.NOT_WAITING);
    refused(desk, new Command.Assign(0, "node-1", 1), Decision.Reason.NOT_WAITING);
    desk.accept(new Command.Suspend("me", null));
    refused(desk, new Command.Assign(1, "node-1", 1), Decision.Reason.NOT_WAITING);
    desk.accept(new Command.Resume("me"));
    desk.accept(new Command.Assign(1, "node-1", 1));
    refused(desk, new Command.Assign(1, "node-2", 1), Decision.Reason.NOT_WAITING);
  }

  @Test
  void events_and_children_that_nobody_waits_for() {
    Desk desk = Desk.started(CALL);
    CloudEvent event = new CloudEvent(JsonNodeFactory.instance.objectNode());
    refused(desk, new Command.DeliverCloudEvent(9, event), Decision.Reason.NOT_WAITING);
    assertThat(desk.accept(new Command.DeliverCloudEvent(1, event)).events()).isEmpty();
    Outcome outcome = new Outcome.Completed(ONE);
    refused(desk, new Command.ChildEnded(1, "child", outcome), Decision.Reason.NOT_WAITING);
  }

  @Test
  void an_end_of_another_child_than_the_one_that_is_waited_for() {
    Desk desk =
        Desk.started(
            "do: [ { r: { run: { workflow: { namespace: a, name: b, version: '1.0.0' } } } } ]");
    Outcome outcome = new Outcome.Completed(ONE);
    refused(desk, new Command.ChildEnded(1, "another", outcome), Decision.Reason.NOT_WAITING);
  }

  @Test
  void commands_for_an_execution_that_is_not_there_and_a_second_start() {
    Desk desk = new Desk(CALL);
    refused(desk, new Command.Cancel("me", null), Decision.Reason.WRONG_STATE);
    refused(desk, new Command.Retry("me"), Decision.Reason.WRONG_STATE);
    Command start = new Command.Start(JsonNodeFactory.instance.objectNode(), null, Map.of(), "me");
    desk.accept(start);
    refused(desk, start, Decision.Reason.WRONG_STATE);
  }
}
