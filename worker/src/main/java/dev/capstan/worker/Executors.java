package dev.capstan.worker;

import dev.capstan.worker.a2a.A2aExecutor;
import dev.capstan.worker.asyncapi.AsyncApiExecutor;
import dev.capstan.worker.container.ContainerExecutor;
import dev.capstan.worker.container.Sockets;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.grpc.GrpcExecutor;
import dev.capstan.worker.http.HttpCaller;
import dev.capstan.worker.http.HttpExecutor;
import dev.capstan.worker.http.Resources;
import dev.capstan.worker.http.Transport;
import dev.capstan.worker.mcp.McpExecutor;
import dev.capstan.worker.openapi.OpenApiExecutor;
import dev.capstan.worker.process.Launcher;
import dev.capstan.worker.process.ScriptExecutor;
import dev.capstan.worker.process.ScriptLanguage;
import dev.capstan.worker.process.ShellExecutor;
import dev.capstan.worker.process.Workspaces;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Makes the built-in executors that a node enables. They share one pool of connections and one
 * launcher of programs.
 */
final class Executors {

  private Executors() {}

  static List<Executor> builtIn(WorkerOptions options, Workspaces workspaces) {
    Limits limits = options.limits();
    Transport transport = new Transport(options.version());
    Resources resources = new Resources(transport);
    HttpCaller caller = new HttpCaller(limits, transport);
    Launcher launcher = new Launcher(limits, options.inheritedEnvironment(), workspaces);
    List<Executor> executors = new ArrayList<>();
    for (BuiltIn builtIn : options.builtIns()) {
      executors.add(
          switch (builtIn) {
            case HTTP -> new HttpExecutor(caller);
            case OPENAPI -> new OpenApiExecutor(caller, resources, limits);
            case GRPC -> new GrpcExecutor(transport, resources, limits, options.version());
            case ASYNCAPI -> AsyncApiExecutor.of(transport, resources, limits);
            case A2A -> new A2aExecutor(transport, resources, limits);
            case MCP -> McpExecutor.overHttp(transport, limits, options.version());
            case MCP_STDIO -> McpExecutor.overStdio(launcher, options.version());
            case SHELL -> new ShellExecutor(launcher);
            case JAVASCRIPT ->
                new ScriptExecutor(ScriptLanguage.JAVASCRIPT, launcher, resources, limits);
            case PYTHON -> new ScriptExecutor(ScriptLanguage.PYTHON, launcher, resources, limits);
            case CONTAINER -> containers(options);
            case NOOP -> new Noop();
          });
    }
    return executors;
  }

  private static ContainerExecutor containers(WorkerOptions options) {
    String owner = options.nodeId() + "@" + options.workingDirectory().toAbsolutePath().normalize();
    Map<String, String> environment = System.getenv();
    return new ContainerExecutor(Sockets.of(environment), environment, owner, options.limits());
  }
}
