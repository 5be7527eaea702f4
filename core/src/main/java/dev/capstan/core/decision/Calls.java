package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.model.DslDuration;
import dev.capstan.dsl.model.FunctionSource;
import dev.capstan.dsl.model.Task;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a worker needs to run a task: the kind of work, and its arguments with everything in them
 * evaluated.
 */
final class Calls {
  private static final Set<String> PLAIN =
      new TreeSet<>(Set.of("http", "openapi", "grpc", "a2a", "asyncapi"));
  private static final Set<String> AUTHENTICATIONS =
      new TreeSet<>(Set.of("basic", "bearer", "digest", "oauth2", "oidc"));

  /** What a node must be able to run to send messages and to subscribe to them. */
  static final String MESSAGES = "call:asyncapi";

  private final Execution execution;
  private final Settings settings;
  private final TaskRun run;
  private final Scope scope;

  Calls(Execution execution, Settings settings, TaskRun run, Scope scope) {
    this.execution = execution;
    this.settings = settings;
    this.run = run;
    this.scope = scope;
  }

  static boolean runsOnNode(Task task) {
    return task instanceof Task.Call
        || task instanceof Task.Subscribe
        || task instanceof Task.Run
        || (task instanceof Task.CallFunction call && call.source() != null);
  }

  /** The kind of node that a call needs. */
  static String kind(TaskRun run, Task.Call task, Scope scope) {
    String function = task.function();
    if (PLAIN.contains(function)) {
      return "call:" + function;
    }
    if (function.equals("mcp")) {
      JsonNode transport =
          DataFlow.evaluate(
              run.reference(), () -> member(task.with(), "transport", run.input(), scope));
      // A server that is a program needs a node that may start it.
      return transport.hasNonNull("stdio") ? "call:mcp:stdio" : "call:mcp";
    }
    if (function.contains("@") || function.contains("://")) {
      throw new TaskFailure(
          ErrorType.CONFIGURATION,
          "call: " + function + " is not supported by this version",
          run.reference());
    }
    return function.startsWith("capstan:") ? function : "function:" + function;
  }

  /** The kind of node that a process needs. */
  static String kind(TaskRun run, Task.Run task, Scope scope) {
    return switch (task.kind()) {
      case "shell", "container" -> "run:" + task.kind();
      case "script" -> {
        String language =
            DataFlow.evaluate(
                    run.reference(),
                    () -> member(task.configuration(), "language", run.input(), scope))
                .asText()
                .toLowerCase(Locale.ROOT);
        yield switch (language) {
          case "js", "javascript" -> "run:script:js";
          case "python" -> "run:script:python";
          default ->
              throw new TaskFailure(
                  ErrorType.CONFIGURATION,
                  "the script language \"" + language + "\" is not known; js and python are",
                  run.reference());
        };
      }
      default ->
          throw new TaskFailure(
              ErrorType.CONFIGURATION,
              "run: " + task.kind() + " is not supported by this version",
              run.reference());
    };
  }

  private static JsonNode member(Template template, String name, JsonNode input, Scope scope) {
    Template member = template instanceof Template.Fields fields ? fields.fields().get(name) : null;
    JsonNode value =
        member != null ? member.evaluate(input, scope) : template.evaluate(input, scope).get(name);
    return value == null ? NullNode.getInstance() : value;
  }

  /** The arguments of a call, as the session protocol describes them. */
  JsonNode arguments(Task.Call task) {
    return arguments(task.function(), task.with());
  }

  /** The arguments of a subscription: whose messages are wanted is for us to know. */
  JsonNode arguments(Task.Subscribe task) {
    ObjectNode arguments = arguments("asyncapi", task.with());
    arguments.putObject("subscription");
    return arguments;
  }

  private ObjectNode arguments(String function, Template with) {
    ObjectNode arguments =
        object(DataFlow.evaluate(run.reference(), () -> with.evaluate(run.input(), scope)));
    switch (function) {
      case "http" ->
          arguments.set("endpoint", endpoint(with, arguments.path("endpoint"), "endpoint"));
      case "openapi", "asyncapi" -> {
        JsonNode authentication = arguments.get("authentication");
        if (authentication != null) {
          arguments.set("authentication", authentication(with, authentication, "authentication"));
        }
        completeResource(with, arguments, "document");
      }
      case "grpc" -> completeGrpc(with, arguments);
      case "a2a" -> completeA2a(with, arguments);
      case "mcp" -> completeMcp(with, arguments);
      default -> {}
    }
    return arguments;
  }

  private void completeResource(Template with, ObjectNode arguments, String name) {
    ObjectNode resource = object(arguments.path(name));
    resource.set("endpoint", endpoint(with, resource.path("endpoint"), name, "endpoint"));
    arguments.set(name, resource);
  }

  private void completeGrpc(Template with, ObjectNode arguments) {
    completeResource(with, arguments, "proto");
    JsonNode authentication = arguments.path("service").get("authentication");
    if (authentication != null) {
      ObjectNode service = object(arguments.path("service"));
      service.set(
          "authentication", authentication(with, authentication, "service", "authentication"));
      arguments.set("service", service);
    }
  }

  private void completeA2a(Template with, ObjectNode arguments) {
    if (arguments.has("agentCard")) {
      completeResource(with, arguments, "agentCard");
    }
    if (arguments.has("server")) {
      arguments.set("server", endpoint(with, arguments.path("server"), "server"));
    }
  }

  private void completeMcp(Template with, ObjectNode arguments) {
    JsonNode timeout = arguments.get("timeout");
    if (timeout != null && !timeout.isNull()) {
      arguments.put("timeout", length(timeout).toString());
    }
    JsonNode http = arguments.path("transport").path("http");
    if (http.isObject()) {
      ObjectNode resolved = object(http);
      resolved.set(
          "endpoint", endpoint(with, http.path("endpoint"), "transport", "http", "endpoint"));
      ObjectNode transport = object(arguments.path("transport"));
      transport.set("http", resolved);
      arguments.set("transport", transport);
    }
  }

  /** Years and months are as long as from when the task may begin. */
  private Duration length(JsonNode duration) {
    try {
      return DslDuration.parse(duration).from(run.pendingSince());
    } catch (IllegalArgumentException e) {
      throw new TaskFailure(ErrorType.EXPRESSION, String.valueOf(e.getMessage()), run.reference());
    }
  }

  /**
   * The policy by which a call proves who sends it, as the node gets it; an empty object when it
   * has none.
   */
  JsonNode policy(Task.Call task) {
    String[] path =
        switch (task.function()) {
          case "http" -> new String[] {"endpoint", "authentication"};
          case "openapi" -> new String[] {"authentication"};
          case "grpc" -> new String[] {"service", "authentication"};
          case "a2a" ->
              evaluated(task.with(), "server").isNull()
                  ? new String[] {"agentCard", "endpoint", "authentication"}
                  : new String[] {"server", "authentication"};
          case "mcp" -> new String[] {"transport", "http", "endpoint", "authentication"};
          default -> new String[0];
        };
    if (path.length == 0) {
      return JsonNodeFactory.instance.objectNode();
    }
    JsonNode policy = evaluated(task.with(), path[0]);
    for (String name : Arrays.asList(path).subList(1, path.length)) {
      policy = policy.path(name);
    }
    return policy(task.with(), policy, path);
  }

  private JsonNode evaluated(Template with, String name) {
    return DataFlow.evaluate(run.reference(), () -> member(with, name, run.input(), scope));
  }

  /** The arguments of a process, as the session protocol describes them. */
  JsonNode arguments(Task.Run task) {
    ObjectNode arguments =
        object(
            DataFlow.evaluate(
                run.reference(), () -> task.configuration().evaluate(run.input(), scope)));
    JsonNode after = arguments.path("lifetime").path("after");
    if (!after.isMissingNode()) {
      arguments.set(
          "lifetime", object(arguments.path("lifetime")).put("after", length(after).toString()));
    }
    arguments.put("return", task.returns());
    arguments.put("await", task.await());
    return arguments;
  }

  /** Where a schema is, ready for a node. */
  ObjectNode endpoint(Template endpoint) {
    return object(
        endpoint(
            endpoint,
            DataFlow.evaluate(run.reference(), () -> endpoint.evaluate(run.input(), scope))));
  }

  /** Where a function's own document or its catalog is, ready for a node. */
  ObjectNode endpoint(FunctionSource source) {
    Template template = source.endpoint();
    if (source.entry() == null) {
      return JsonNodeFactory.instance
          .objectNode()
          .set("uri", template.evaluate(run.input(), scope));
    }
    return object(
        endpoint(
            template,
            DataFlow.evaluate(run.reference(), () -> template.evaluate(run.input(), scope))));
  }

  private static ObjectNode object(JsonNode value) {
    ObjectNode copy = JsonNodeFactory.instance.objectNode();
    if (value instanceof ObjectNode object) {
      copy.setAll(object);
    }
    return copy;
  }

  /**
   * An endpoint as an object: URI templates expanded where the author wrote them, authentication
   * resolved.
   */
  private JsonNode endpoint(Template with, JsonNode evaluated, String... path) {
    ObjectNode endpoint = JsonNodeFactory.instance.objectNode();
    if (evaluated.isTextual()) {
      endpoint.put("uri", expanded(evaluated.textValue(), isLiteral(with, path)));
      return endpoint;
    }
    boolean isTemplate = isLiteral(with, below(path, "uri"));
    endpoint.put("uri", expanded(evaluated.path("uri").asText(), isTemplate));
    JsonNode authentication = evaluated.get("authentication");
    if (authentication != null) {
      endpoint.set(
          "authentication", authentication(with, authentication, below(path, "authentication")));
    }
    return endpoint;
  }

  private static String[] below(String[] path, String... names) {
    String[] longer = Arrays.copyOf(path, path.length + names.length);
    System.arraycopy(names, 0, longer, path.length, names.length);
    return longer;
  }

  private static boolean isLiteral(Template template, String... path) {
    Template at = template;
    for (String name : path) {
      if (at.isConstant()) {
        return true;
      }
      Template member = at instanceof Template.Fields fields ? fields.fields().get(name) : null;
      if (member == null) {
        return false;
      }
      at = member;
    }
    return at.isConstant();
  }

  /** Simple string expansion of RFC 6570; names are top-level properties of the input, verbatim. */
  private String expanded(String uri, boolean isTemplate) {
    if (!isTemplate || uri.indexOf('{') < 0) {
      return uri;
    }
    StringBuilder expanded = new StringBuilder(uri.length() + 32);
    int from = 0;
    for (int open = uri.indexOf('{'); open >= 0; open = uri.indexOf('{', from)) {
      int close = uri.indexOf('}', open);
      if (close < 0) {
        break;
      }
      expanded.append(uri, from, open).append(value(uri.substring(open + 1, close)));
      from = close + 1;
    }
    return expanded.append(uri, from, uri.length()).toString();
  }

  private String value(String name) {
    JsonNode value = run.input().get(name);
    if (value == null || value.isNull()) {
      return "";
    }
    if (value.isContainerNode()) {
      throw new TaskFailure(
          ErrorType.EXPRESSION,
          "{"
              + name
              + "} in a URI needs a string, a number or a boolean, and the input has "
              + shape(value),
          run.reference());
    }
    return PercentEncoding.encode(value.asText());
  }

  /** A policy as a node gets it: it may have a code, too. */
  private JsonNode authentication(Template template, JsonNode policy, String... path) {
    return AuthorizationCodes.complete(policy(template, policy, path), run, scope);
  }

  /** A policy without references: secrets and expanded authorities in their places. */
  private ObjectNode policy(Template template, JsonNode policy, String... path) {
    if (policy.path("use").isTextual()) {
      requireOwn("the authentication " + policy.path("use"));
      Template named =
          execution.definition().use().authentications().get(policy.path("use").textValue());
      if (named == null) {
        throw new TaskFailure(
            ErrorType.CONFIGURATION,
            "there is no authentication " + policy.path("use"),
            run.reference());
      }
      return resolved(
          named, DataFlow.evaluate(run.reference(), () -> named.evaluate(run.input(), scope)));
    }
    return resolved(template, policy, path);
  }

  private ObjectNode resolved(Template template, JsonNode policy, String... path) {
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    for (var scheme : policy.properties()) {
      if (AUTHENTICATIONS.contains(scheme.getKey())) {
        JsonNode secret = scheme.getValue().get("use");
        boolean isTemplate = isLiteral(template, below(path, scheme.getKey(), "authority"));
        result.set(
            scheme.getKey(),
            secret == null
                ? withAuthority(scheme.getValue(), isTemplate)
                : secret(scheme.getKey(), secret.asText()));
      }
    }
    return result;
  }

  private JsonNode withAuthority(JsonNode scheme, boolean isTemplate) {
    JsonNode authority = scheme.path("authority");
    return authority.isTextual()
        ? object(scheme).put("authority", expanded(authority.textValue(), isTemplate))
        : scheme;
  }

  /** What the definition declares is not for functions that were fetched. */
  private void requireOwn(String what) {
    if (Scopes.isForeign(run.parent())) {
      throw new TaskFailure(
          ErrorType.AUTHORIZATION,
          what + " is not for a function that comes from elsewhere; pass what it needs to it",
          run.reference());
    }
  }

  private JsonNode secret(String scheme, String name) {
    requireOwn("the secret \"" + name + "\"");
    JsonNode secret = settings.secrets().get(name);
    if (secret == null) {
      throw new TaskFailure(
          ErrorType.AUTHORIZATION,
          "the secret \"" + name + "\" is not known to this engine",
          run.reference());
    }
    return scheme.equals("bearer") && secret.isTextual()
        ? JsonNodeFactory.instance.objectNode().set("token", secret)
        : secret;
  }

  /** What a value is, for messages. */
  static String shape(@Nullable JsonNode value) {
    return value == null
        ? "nothing"
        : "a value of type " + value.getNodeType().name().toLowerCase(Locale.ROOT);
  }
}
