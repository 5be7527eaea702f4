package dev.capstan.dsl.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.EventFilter;
import dev.capstan.dsl.model.EventStrategy;
import dev.capstan.dsl.model.FlowDirective;
import dev.capstan.dsl.model.RetryPolicy;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A compiled definition")
class DefinitionCompilerTest {

  @Test
  void knows_each_task_by_its_pointer() {
    Definition definition =
        load(
            """
            do:
              - outer: {do: [{a: {set: {x: 1}}}, {'in/n~er': {set: {x: 1}}}]}
              - x: {fork: {branches: [{b: {set: {x: 1}}}]}}
              - t: {try: [{x: {set: {x: 1}}}], catch: {do: [{y: {set: {x: 1}}}]}}
              - l: {listen: {to: {any: []}}, foreach: {do: [{z: {set: {x: 1}}}]}}
              - f: {for: {in: .x}, do: [{w: {set: {x: 1}}}]}
            """);
    assertThat(references(definition.tasks()))
        .containsExactly(
            "/do/0/outer",
            "/do/0/outer/do/0/a",
            "/do/0/outer/do/1/in~1n~0er",
            "/do/1/x",
            "/do/1/x/fork/branches/0/b",
            "/do/2/t",
            "/do/2/t/try/0/x",
            "/do/2/t/catch/do/0/y",
            "/do/3/l",
            "/do/3/l/foreach/do/0/z",
            "/do/4/f",
            "/do/4/f/do/0/w")
        .allSatisfy(reference ->
            assertThat(definition.task(reference).header().reference()).isEqualTo(reference));
  }

  @Test
  void has_the_defaults_of_the_specification() {
    Definition definition =
        load(
            """
            do:
              - loop: {for: {in: .x}, do: []}
              - attempt: {try: [], catch: {}}
              - shell: {run: {shell: {command: ls}}}
              - fork: {fork: {branches: []}}
              - call: {call: http, with: {method: get, endpoint: 'http://x'}}
            """);
    assertThat(definition.task("/do/0/loop"))
        .isInstanceOfSatisfying(
            Task.For.class,
            loop -> {
              assertThat(loop.each()).isEqualTo("item");
              assertThat(loop.at()).isEqualTo("index");
            });
    assertThat(((Task.Try) definition.task("/do/1/attempt")).handler().as()).isEqualTo("error");
    assertThat(definition.task("/do/2/shell"))
        .isInstanceOfSatisfying(
            Task.Run.class,
            run -> {
              assertThat(run.await()).isTrue();
              assertThat(run.returns()).isEqualTo("stdout");
              assertThat(run.kind()).isEqualTo("shell");
            });
    assertThat(((Task.Fork) definition.task("/do/3/fork")).compete()).isFalse();
    assertThat(definition.task("/do/4/call").header().then())
        .isEqualTo(new FlowDirective.Continue());
  }

  @Test
  void holds_named_parts_where_they_are_used() {
    Definition definition =
        load(
            """
            use:
              timeouts: {t: {after: PT5S}}
              retries: {r: {backoff: {linear: {}}, limit: {attempt: {count: 3}}}}
              errors: {e: {type: 'https://x/errors/a', status: 500}}
            timeout: t
            do:
              - a: {try: [{b: {raise: {error: e}}}], catch: {retry: r}, timeout: t}
            """);
    assertThat(definition.timeout()).isNotNull();
    Task.Try attempt = (Task.Try) definition.task("/do/0/a");
    assertThat(attempt.header().timeout()).isEqualTo(definition.timeout());
    RetryPolicy retry = Objects.requireNonNull(attempt.handler().retry());
    assertThat(retry.backoff()).isEqualTo(RetryPolicy.Backoff.LINEAR);
    assertThat(retry.attemptCount()).isEqualTo(3);
    Task.Raise raise = (Task.Raise) definition.task("/do/0/a/try/0/b");
    assertThat(raise.error()).isInstanceOf(Template.Constant.class);
  }

  @Test
  void keeps_text_as_text_in_strict_mode() {
    Definition definition = load("do: [{a: {set: {x: .a, y: 'Hi ${ .a }', z: '${ .a }'}}}]");
    Template.Fields fields = (Template.Fields) ((Task.Set) definition.task("/do/0/a")).value();
    assertThat(fields.fields().get("x")).isInstanceOf(Template.Constant.class);
    assertThat(fields.fields().get("y")).isInstanceOf(Template.Constant.class);
    assertThat(fields.fields().get("z")).isInstanceOf(Template.Computed.class);
  }

  @Test
  void tries_text_in_loose_mode() {
    Definition definition =
        load("evaluate: {mode: loose}\ndo: [{a: {set: {x: .a, y: 'Hi there (', z: '${ .a }'}}}]");
    Template.Fields fields = (Template.Fields) ((Task.Set) definition.task("/do/0/a")).value();
    assertThat(fields.fields().get("x")).isInstanceOf(Template.Attempted.class);
    assertThat(fields.fields().get("y")).isInstanceOf(Template.Constant.class);
    assertThat(fields.fields().get("z")).isInstanceOf(Template.Computed.class);
  }

  @Test
  void takes_dots_alone_for_text_in_event_filters() {
    Definition definition =
        load(
            "do: [{a: {listen: {to: {one: {with: {type: com.x, source: 'a.*', data: '${ .b }'}}}}}}]");
    EventFilter filter =
        ((EventStrategy.One) ((Task.Listen) definition.task("/do/0/a")).to()).filter();
    assertThat(filter.attributes().get("type"))
        .isInstanceOfSatisfying(
            EventFilter.Test.Literal.class, literal -> assertThat(literal.pattern()).isNull());
    assertThat(filter.attributes().get("source"))
        .isInstanceOfSatisfying(
            EventFilter.Test.Literal.class, literal -> assertThat(literal.pattern()).isNotNull());
    assertThat(filter.attributes().get("data")).isInstanceOf(EventFilter.Test.Computed.class);
  }

  @Test
  void has_a_hash_of_its_meaning_alone() {
    String hash = load("do: [{a: {set: {x: 1, y: 2}}}]").hash();
    assertThat(hash)
        .matches("[0-9a-f]{64}")
        .isEqualTo(load("# comment\ndo:\n- a:\n    set:\n      y: 2.0\n      x: 1\n").hash())
        .isNotEqualTo(load("do: [{a: {set: {x: 1, y: 3}}}]").hash())
        .isNotEqualTo(load("do: [{a: {set: {x: '1', y: 2}}}]").hash());
  }

  private static List<String> references(TaskList list) {
    List<String> references = new ArrayList<>();
    for (Task task : list.tasks()) {
      references.add(task.header().reference());
      task.taskLists().forEach(inner -> references.addAll(references(inner)));
    }
    return references;
  }

  private static Definition load(String text) {
    String document = "\ndocument: {dsl: '1.0.3', namespace: test, name: test, version: '1.0.0'}\n";
    return switch (new DefinitionLoader().load(text + document, "test.yaml")) {
      case LoadResult.Loaded loaded -> loaded.definition();
      case LoadResult.Rejected rejected ->
          throw new AssertionError(rejected.diagnostics().toString());
    };
  }
}
