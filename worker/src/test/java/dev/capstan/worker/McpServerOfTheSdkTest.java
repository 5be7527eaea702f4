package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Fault;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DSL reference, MCP call, with a server of the protocol's own Java SDK. */
class McpServerOfTheSdkTest {

  @TempDir Path directory;
  @TempDir Path work;

  private McpSyncServer mcp;
  private TomcatSite server;
  private Cluster cluster;

  @BeforeEach
  void start() throws Exception {
    var transport =
        HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/mcp").build();
    mcp =
        McpServer.sync(transport)
            .serverInfo("shop", "1")
            .capabilities(McpSchema.ServerCapabilities.builder().tools(true).build())
            .tools(price())
            .build();
    server = new TomcatSite(directory, context -> add(transport, context));
    cluster = Cluster.start(work, new FakeCoordinator(), options -> options);
  }

  private static void add(HttpServletStreamableServerTransportProvider transport, Context context) {
    Tomcat.addServlet(context, "mcp", transport).setAsyncSupported(true);
    context.addServletMapping("/mcp", "mcp");
  }

  @AfterEach
  void stop() {
    cluster.close();
    mcp.close();
    server.close();
  }

  private static SyncToolSpecification price() {
    return SyncToolSpecification.builder()
        .tool(
            McpSchema.Tool.builder()
                .name("price")
                .description("What something costs")
                .inputSchema(
                    new McpSchema.JsonSchema(
                        "object",
                        Map.of("item", Map.of("type", "string")),
                        List.of("item"),
                        false,
                        Map.of(),
                        Map.of()))
                .build())
        .callHandler((_, request) -> {
          boolean isTea = "tea".equals(request.arguments().get("item"));
          return McpSchema.CallToolResult.builder()
              .addTextContent(isTea ? "7 EUR" : "there is none")
              .isError(!isTea)
              .build();
        })
        .build();
  }

  private String arguments(String method, String more) {
    return "{\"method\":\"%s\",\"transport\":{\"http\":{\"endpoint\":{\"uri\":\"http://%s/mcp\"}}}%s}"
        .formatted(method, server.authority(), more);
  }

  private JsonNode price(String item) throws IOException {
    return cluster.output(
        "call:mcp",
        arguments(
            "tools/call",
            ",\"parameters\":{\"name\":\"price\",\"arguments\":{\"item\":\"%s\"}}"
                .formatted(item)));
  }

  @Test
  void itsToolsAreListed() throws Exception {
    JsonNode output = cluster.output("call:mcp", arguments("tools/list", ""));

    assertThat(output.at("/tools")).hasSize(1);
    assertThat(output.at("/tools/0/name").textValue()).isEqualTo("price");
    assertThat(output.at("/tools/0/inputSchema/required/0").textValue()).isEqualTo("item");
  }

  @Test
  void itsToolIsCalled() throws Exception {
    JsonNode tea = price("tea");

    assertThat(tea.at("/content/0/text").textValue()).isEqualTo("7 EUR");
    assertThat(tea.at("/isError").asBoolean()).isFalse();
    assertThat(price("coffee").at("/isError").asBoolean()).isTrue();
  }

  @Test
  void aToolThatItDoesNotHaveIsARuntimeErrorWithItsWords() {
    Fault fault =
        cluster.fault("call:mcp", arguments("tools/call", ",\"parameters\":{\"name\":\"prise\"}"));

    assertThat(fault.getType()).endsWith("/errors/runtime");
    assertThat(fault.getDetail()).contains("prise");
  }
}
