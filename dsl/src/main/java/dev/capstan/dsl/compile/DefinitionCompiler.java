package dev.capstan.dsl.compile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.dsl.expression.ExpressionTable;
import dev.capstan.dsl.model.Cron;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Document;
import dev.capstan.dsl.model.Schedule;
import dev.capstan.dsl.model.TaskList;
import org.jspecify.annotations.Nullable;

/** Compiles a definition that was checked before; one that was not may fail in any way. */
public final class DefinitionCompiler {
  private final JsonNode source;
  private final Templates templates;
  private final Reuse reuse;
  private final DataFlow dataFlow;
  private final Policies policies;
  private final Events events;

  private DefinitionCompiler(JsonNode source, ExpressionTable expressions) {
    this.source = source;
    this.templates =
        new Templates(
            expressions, source.path("evaluate").path("mode").asText("strict").equals("loose"));
    this.reuse = new Reuse(source);
    this.dataFlow = new DataFlow(templates);
    this.policies = new Policies(templates, reuse);
    this.events = new Events(templates);
  }

  /** The model of {@code source}. */
  public static Definition compile(JsonNode source, ExpressionTable expressions) {
    return new DefinitionCompiler(source, expressions).compile();
  }

  /**
   * The function {@code name}, whose document is {@code source} and was checked before. It knows
   * nothing of the definition that calls it: no policy, secret, catalog or function.
   */
  public static TaskList compileFunction(
      String name, JsonNode source, ExpressionTable expressions) {
    JsonNode nothingAround = JsonNodeFactory.instance.objectNode();
    return new DefinitionCompiler(nothingAround, expressions).tasks().function(name, source);
  }

  private Tasks tasks() {
    return new Tasks(templates, dataFlow, policies, events, reuse);
  }

  private Definition compile() {
    Tasks tasks = tasks();
    return new Definition(
        document(source.required("document")),
        dataFlow.input(source.get("input"), ""),
        dataFlow.output(source.get("output"), ""),
        reuse.compile(templates, tasks),
        policies.timeout(source.get("timeout")),
        new EngineSettings(templates).deadline(source.required("document").path("metadata")),
        schedule(source.get("schedule")),
        tasks.list(source.required("do"), "/do"),
        new Interactions(templates).queries(source),
        source,
        CanonicalJson.hash(source));
  }

  private static Document document(JsonNode value) {
    return new Document(
        value.required("dsl").textValue(),
        value.required("namespace").textValue(),
        value.required("name").textValue(),
        value.required("version").textValue(),
        value);
  }

  private @Nullable Schedule schedule(@Nullable JsonNode value) {
    if (value == null || value.isEmpty()) {
      return null;
    }
    JsonNode cron = value.get("cron");
    JsonNode on = value.get("on");
    return new Schedule(
        policies.optionalSpan(value.get("every")),
        cron == null ? null : Cron.parse(cron.textValue()),
        policies.optionalSpan(value.get("after")),
        on == null ? null : events.strategy(on),
        Events.readMode(value));
  }
}
