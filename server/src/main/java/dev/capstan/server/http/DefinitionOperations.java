package dev.capstan.server.http;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.DefinitionView;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.http.json.Described;
import dev.capstan.server.http.json.JsonText;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Definitions: deploy, check, list, read. */
final class DefinitionOperations {
  private static final String TAG = "definitions";
  private static final String YAML = "application/yaml";
  private static final List<String> TEXTS =
      List.of(YAML, "application/json", "application/x-yaml", "text/yaml", "text/x-yaml");

  private final Gateway gateway;

  DefinitionOperations(Gateway gateway) {
    this.gateway = gateway;
  }

  @Described("A deployed version of a workflow")
  record Definition(
      String namespace,
      String name,
      String version,
      @Described("Digest of the text") String hash,
      @Nullable String title,
      @Nullable String summary,
      Instant deployedAt,
      String deployedBy,
      @Described("As it was sent; not in lists") @Nullable String text,
      List<Wire.Diagnostic> warnings) {

    static Definition of(DefinitionView view) {
      return new Definition(
          view.namespace(),
          view.name(),
          view.version(),
          view.hash(),
          view.title(),
          view.summary(),
          view.deployedAt(),
          view.deployedBy(),
          view.text(),
          Wire.Diagnostic.of(view.warnings()));
    }
  }

  record DefinitionList(List<Definition> definitions, @Nullable String next) {}

  @Described("A definition without faults")
  record Validation(boolean valid, List<Wire.Diagnostic> warnings) {}

  List<Operation> operations() {
    return List.of(deploy(), list(), latest(), version());
  }

  private Operation deploy() {
    return Operation.post("/v1/definitions", "deployDefinition")
        .tag(TAG, Permissions.DEFINITIONS_DEPLOY)
        .summary("Deploys a definition; the same text again is answered as the first time")
        .with(Parameter.query("validate", Parameter.Kind.FLAG, "Only check it"))
        .with(Parameter.query("dryRun", Parameter.Kind.FLAG, "The same as validate"))
        .with(
            Parameter.query(
                "source",
                Parameter.Kind.TEXT,
                "What to call the text in diagnostics, such as a file name"))
        .takes(new Operation.RequestBody(TEXTS, null, true))
        .gives(201, "It is deployed", Definition.class)
        .gives(200, "It has no faults, and was only checked", Validation.class)
        .handledBy(this::deploy);
  }

  private Operation list() {
    return Operation.get("/v1/definitions", "listDefinitions")
        .tag(TAG, Permissions.DEFINITIONS_READ)
        .summary("Lists definitions by namespace, name and version")
        .with(Parameter.query("namespace", Parameter.Kind.TEXT, "Only of this namespace"))
        .paged()
        .gives(200, "A page", DefinitionList.class)
        .handledBy(this::list);
  }

  private Operation latest() {
    return read(
            "/v1/definitions/{namespace}/{name}",
            "getDefinition",
            "Shows the latest version of a definition")
        .handledBy(call -> show(call, null));
  }

  private Operation version() {
    return read(
            "/v1/definitions/{namespace}/{name}/{version}",
            "getDefinitionVersion",
            "Shows a version of a definition")
        .with(Parameter.path("version", "Version of the definition"))
        .handledBy(call -> show(call, call.path("version")));
  }

  private static Operation.Builder read(String path, String id, String summary) {
    return Operation.get(path, id)
        .tag(TAG, Permissions.DEFINITIONS_READ)
        .summary(summary + "; with Accept: " + YAML + " the text alone")
        .with(Parameter.path("namespace", "Namespace of the definition"))
        .with(Parameter.path("name", "Name of the definition"))
        .gives(200, "The definition", Definition.class)
        .gives(new Operation.Reply(200, "The definition", YAML, null));
  }

  private Answer deploy(Call call) throws InterruptedException {
    String text = JsonText.decode(call.body(), "the body");
    if (text.isBlank()) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "the request has no body",
          "send the definition as YAML or JSON text");
    }
    String source = call.query().text("source");
    String name = source == null ? "definition" : source;
    if (call.query().flag("validate") || call.query().flag("dryRun")) {
      List<Refusal.Detail> warnings = gateway.validate(call.principal(), text, name);
      return Answer.json(200, new Validation(true, Wire.Diagnostic.of(warnings)));
    }
    DefinitionView view = call.await(gateway.deploy(call.principal(), text, name));
    return Answer.json(201, Definition.of(view)).with("Location", location(view));
  }

  private Answer list(Call call) {
    Page<DefinitionView> page =
        gateway.definitions(
            call.principal(), call.query().text("namespace"), call.limit(), call.cursor());
    List<Definition> items = page.items().stream().map(Definition::of).toList();
    return Wire.page(call, page, new DefinitionList(items, page.next()));
  }

  private Answer show(Call call, @Nullable String version) {
    DefinitionView view =
        gateway.definition(call.principal(), call.path("namespace"), call.path("name"), version);
    String text = view.text();
    if (text != null && call.asksFor("yaml")) {
      return Answer.text(200, YAML, text).with("Content-Location", location(view));
    }
    return Answer.json(200, Definition.of(view));
  }

  private static String location(DefinitionView view) {
    return "/v1/definitions/"
        + Wire.segment(view.namespace())
        + "/"
        + Wire.segment(view.name())
        + "/"
        + Wire.segment(view.version());
  }
}
