package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.DynamicMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.asyncapi.Listener;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.grpc.GrpcSite;
import io.grpc.InsecureServerCredentials;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DSL reference, gRPC call. */
class GrpcCallTest {

  private static final String ERRORS = "https://open-workflow-specification.org/spec/1.0.0/errors/";

  private static final String PROTO =
      Path.of("src/test/resources/proto/shop/orders/v1/orders.proto").toUri().toString();

  private static final int LIMIT = 64 * 1024;

  @TempDir Path directory;

  private GrpcSite server;
  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    server = new GrpcSite();
    cluster =
        Cluster.start(
            directory,
            new FakeCoordinator(),
            options -> options.limits(Limits.ofDefaults().withResponseBytes(LIMIT)));
  }

  @AfterEach
  void stop() {
    cluster.close();
    server.close();
  }

  private static String arguments(
      String proto, String service, int port, String more, String method, String arguments) {
    return """
    {"proto":{"endpoint":{"uri":"%s"}},
     "service":{"name":"%s","host":"127.0.0.1","port":%d%s},
     "method":"%s","arguments":%s}
    """
        .formatted(proto, service, port, more, method, arguments);
  }

  private String arguments(String method, String arguments) {
    return arguments(PROTO, "shop.orders.v1.Orders", server.port(), "", method, arguments);
  }

  private JsonNode call(String method, String arguments) throws IOException {
    return cluster.output("call:grpc", arguments(method, arguments));
  }

  private Fault failing(String method, String arguments) {
    return cluster.fault("call:grpc", arguments(method, arguments));
  }

  private static void reply(
      ServerCallStreamObserver<DynamicMessage> client, DynamicMessage... all) {
    for (DynamicMessage each : all) {
      client.onNext(each);
    }
    client.onCompleted();
  }

  private static DynamicMessage event(int number, String text) {
    return GrpcSite.set(GrpcSite.set(GrpcSite.message("Event"), "number", number), "text", text)
        .build();
  }

  /** Answers with a receipt for what was ordered. */
  private static void receipt(
      List<DynamicMessage> requests, ServerCallStreamObserver<DynamicMessage> client) {
    reply(client, GrpcSite.set(GrpcSite.message("Receipt"), "order", requests.getFirst()).build());
  }

  @Nested
  class Forms {

    @Test
    void aMethodHasAMessageAndGivesOne() throws Exception {
      server.answering((requests, client) ->
          reply(
              client,
              GrpcSite.set(
                      GrpcSite.set(GrpcSite.message("Receipt"), "order", requests.getFirst()),
                      "total",
                      9_007_199_254_740_993L)
                  .build()));

      JsonNode output = call("Place", "{\"customerName\":\"Ada\",\"tip\":0}");

      assertThat(output.at("/order/customerName").textValue()).isEqualTo("Ada");
      assertThat(output.at("/order/tip").intValue()).isEqualTo(0);
      assertThat(output.at("/order/tip").isMissingNode()).isFalse();
      assertThat(output.path("total").textValue()).isEqualTo("9007199254740993");
      assertThat(output.path("paid").isBoolean()).isTrue();
      assertThat(output.path("lines").isArray()).isTrue();
      assertThat(server.last("idempotency-key")).startsWith("key-");
      assertThat(server.last("user-agent")).startsWith("capstan/1.2.3");
    }

    @Test
    void aMethodWithoutArgumentsHasAnEmptyMessage() throws Exception {
      server.answering(GrpcCallTest::receipt);

      JsonNode output =
          cluster.output(
              "call:grpc",
              """
              {"proto":{"endpoint":"%s"},"service":{"name":"Orders","host":"127.0.0.1","port":%d},
               "method":"Place"}
              """
                  .formatted(PROTO, server.port()));

      assertThat(output.at("/order/customerName").textValue()).isEmpty();
    }

    @Test
    void aStreamOfAnswersIsAnArray() throws Exception {
      server.answering((_, client) -> reply(client, event(1, "a"), event(2, "b")));

      assertThat(call("Watch", "{}").toString())
          .isEqualTo("[{\"number\":1,\"text\":\"a\"},{\"number\":2,\"text\":\"b\"}]");
    }

    @Test
    void aStreamWithoutAnswersIsAnEmptyArray() throws Exception {
      assertThat(call("Watch", "{}").toString()).isEqualTo("[]");
    }

    @Test
    void aMethodThatTakesAStreamHasTheMessagesOfAList() throws Exception {
      server.answering((requests, client) -> {
        var receipt = GrpcSite.message("Receipt");
        for (DynamicMessage each : requests) {
          var name = each.getDescriptorForType().findFieldByName("name");
          receipt.addRepeatedField(
              receipt.getDescriptorForType().findFieldByName("lines"), each.getField(name));
        }
        reply(client, receipt.build());
      });

      JsonNode several =
          call("Collect", "{\"messages\":[{\"name\":\"nut\"},{\"name\":\"bolt\"},{}]}");
      assertThat(several.path("lines").toString()).isEqualTo("[\"nut\",\"bolt\",\"\"]");

      JsonNode one = call("Collect", "{\"name\":\"nut\"}");
      assertThat(one.path("lines").toString()).isEqualTo("[\"nut\"]");

      JsonNode none = call("Collect", "{\"messages\":[]}");
      assertThat(none.path("lines").toString()).isEqualTo("[]");
    }

    @Test
    void aConversationGivesAllThatWasAnswered() throws Exception {
      server.echoing();

      JsonNode output = call("Haggle", "{\"messages\":[{\"amount\":1},{\"amount\":2}]}");

      assertThat(output.findValuesAsText("amount")).containsExactly("1", "2");
    }

    @Test
    void oneAnswerIsAwaitedWhereThereIsOne() {
      Fault none = failing("Place", "{}");
      assertThat(none.getType()).isEqualTo(ERRORS + "communication");

      server.answering((_, client) ->
          reply(client, GrpcSite.message("Receipt").build(), GrpcSite.message("Receipt").build()));
      Fault two = failing("Place", "{}");

      assertThat(two.getType()).isEqualTo(ERRORS + "communication");
      assertThat(two.getDetail()).contains("shop.orders.v1.Orders/Place on 127.0.0.1:");
    }
  }

  @Nested
  class Mapping {

    @Test
    void everyKindOfFieldGoesThereAndComesBack() throws Exception {
      server.answering(GrpcCallTest::receipt);
      String order =
          """
          {"customerName":"Ada","items":[{"name":"nut","amount":3,"unit":"KILO",
            "range":{"from":1,"to":7,"steps":[0.5],"rounding":"UP","detail":{"text":"t"}}}],
           "speed":"RUSH","addresses":{"home":{"street":"s","floor":""}},"weights":{"-5":1.25},
           "invoice":{"street":"i"},"due":"2026-11-28T20:00:00Z","patience":"1.500s",
           "extra":{"a":[1.0,null,{"b":true}]},
           "attachment":{"@type":"type.googleapis.com/shop.orders.v1.Item","name":"extra",
             "amount":0,"unit":"PIECE"},
           "note":"n","budget":{"currencyCode":"EUR","units":"5","nanos":0},"seal":"AQI=",
           "serial":"18446744073709551615","codes":[-1,2],"isGift":true}
          """;

      JsonNode output = call("Place", order).path("order");

      assertThat(output).isEqualTo(Json.read(order.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void namesMayBeThoseOfTheProtoToo() throws Exception {
      server.answering(GrpcCallTest::receipt);

      JsonNode output = call("Place", "{\"customer_name\":\"Ada\",\"gift\":true}");

      assertThat(output.at("/order/customerName").textValue()).isEqualTo("Ada");
      assertThat(output.at("/order/isGift").booleanValue()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "Place | {\"customerNam\":\"Ada\"} | 'arguments.customerNam' is not a field of shop.orders.v1.Order. Near it are 'customerName'",
          "Place | {\"items\":[{},{\"nam\":1}]} | 'arguments.items[1].nam' is not a field of shop.orders.v1.Item",
          "Place | {\"addresses\":{\"home\":{\"stret\":1}}} | 'arguments.addresses.home.stret' is not a field",
          "Place | {\"items\":[7]} | 'arguments.items[0]' must be an object",
          "Place | {\"tip\":\"much\"} | 'arguments' is no shop.orders.v1.Order: Not an int32 value: \"much\"",
          "Place | {\"speed\":\"SLOW\"} | SLOW",
          "Place | {\"card\":\"1\",\"invoice\":{}} | oneof",
          "Place | {\"due\":\"today\"} | today",
          "Place | {\"items\":[{\"range\":{}}]} | missing required fields: from",
          "Collect | {\"messages\":[{\"name\":\"a\"},{\"x\":1}]} | 'arguments.messages[1].x' is not a field",
          "Place | {\"messages\":[{}]} | 'arguments.messages' is not a field",
        })
    void argumentsThatDoNotFitAreAValidationErrorThatNamesTheField(
        String method, String arguments, String detail) {
      Fault fault = failing(method, arguments);

      assertThat(fault.getType()).isEqualTo(ERRORS + "validation");
      assertThat(fault.getDetail()).contains(detail);
      assertThat(server.seen()).isEmpty();
    }
  }

  @Nested
  class Protos {

    @Test
    void theServiceMayBeNamedWithoutItsPackage() throws Exception {
      server.answering(GrpcCallTest::receipt);

      cluster.output(
          "call:grpc", arguments(PROTO, "Orders", server.port(), "", "Place", "{\"tip\":1}"));

      assertThat(server.seen()).hasSize(1);
    }

    @Test
    void protosComeOverHttpWithTheirImportsAndAuthentication() throws Exception {
      server.answering(GrpcCallTest::receipt);
      try (Site site = new Site()) {
        Path protos = Path.of("src/test/resources/proto");
        site.page(
            "/",
            exchange -> {
              Path file = protos.resolve(exchange.getRequestURI().getPath().substring(3));
              if (java.nio.file.Files.isRegularFile(file)) {
                Site.answer(exchange, 200, "text/plain", java.nio.file.Files.readAllBytes(file));
              } else {
                Site.answer(exchange, 404, "text/plain", new byte[0]);
              }
            });
        String call =
            """
            {"proto":{"endpoint":{"uri":"%s","authentication":{"bearer":{"token":"pr0t0"}}}},
             "service":{"name":"Orders","host":"127.0.0.1","port":%d},"method":"Place"}
            """
                .formatted(site.url("/p/shop/orders/v1/orders.proto"), server.port());

        cluster.output("call:grpc", call);
        cluster.output("call:grpc", call);

        assertThat(site.seen().stream().map(seen -> seen.uri().getPath()))
            .contains("/p/shop/orders/v1/items.proto", "/p/shop/common/units.proto")
            .doesNotHaveDuplicates()
            .noneMatch(path -> path.contains("google"));
        assertThat(site.seen())
            .allMatch(seen -> seen.header("Authorization").equals("Bearer pr0t0"));
      }
    }

    @Test
    void aProtoThatIsNotHandedOutIsACommunicationErrorWithItsStatus() throws Exception {
      try (Site site = new Site()) {
        site.page("/x.proto", 503, "text/plain", "later");

        Fault fault =
            cluster.fault(
                "call:grpc",
                arguments(site.url("/x.proto"), "Orders", server.port(), "", "Place", "{}"));

        assertThat(fault.getType()).isEqualTo(ERRORS + "communication");
        assertThat(fault.getStatus()).isEqualTo(503);
      }
    }

    @Test
    void protosAreNotLargerThanTheLimitTogether() throws Exception {
      try (Site site = new Site()) {
        String half = "// " + "x".repeat(LIMIT / 2) + "\nsyntax = \"proto3\";\n";
        site.page("/a.proto", 200, "text/plain", half + "import \"b.proto\";");
        site.page("/b.proto", 200, "text/plain", half);

        Fault fault =
            cluster.fault(
                "call:grpc",
                arguments(site.url("/a.proto"), "Orders", server.port(), "", "Place", "{}"));

        assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
        assertThat(fault.getDetail()).contains("limit of " + LIMIT + " bytes");
      }
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "Order | Place | It has no service 'Order'. Near it are 'shop.orders.v1.Orders'",
          "shop.Orders | Place | It has no service 'shop.Orders'",
          "Orders | Plaice | The service 'shop.orders.v1.Orders' has no method 'Plaice'. Near it are 'Place'",
          "Orders | xyzxyzxyz | It has 'Place', 'Watch', 'Collect', 'Haggle'",
        })
    void whatIsNotThereIsAConfigurationErrorThatNamesWhatIs(
        String service, String method, String detail) {
      Fault fault =
          cluster.fault("call:grpc", arguments(PROTO, service, server.port(), "", method, "{}"));

      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getDetail()).contains(detail);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "{} | 'proto.endpoint' is required",
          "{\"proto\":{\"endpoint\":\"file:///none.proto\"}} | 'service.name' is required",
          "{\"proto\":{\"endpoint\":\"file:///none.proto\"},\"service\":{\"name\":\"S\"}} | 'method' is required",
          "{\"proto\":{\"endpoint\":\"file:///none.proto\"},\"service\":{\"name\":\"S\"},\"method\":\"M\"} | 'service.host' is required",
          "{\"proto\":{\"endpoint\":\"file:///none.proto\"},\"service\":{\"name\":\"S\",\"host\":\"ftp://h\"},\"method\":\"M\"} | 'service.host' is 'ftp://h'",
          "{\"proto\":{\"endpoint\":\"file:///none.proto\"},\"service\":{\"name\":\"S\",\"host\":\"h\",\"port\":0},\"method\":\"M\"} | 'service.port' must be a whole number from 1 to 65535",
          "{\"proto\":{\"endpoint\":\"file:///none.proto\"},\"service\":{\"name\":\"S\",\"host\":\"h\"},\"method\":\"M\"} | 'proto.endpoint' can't be read on this node",
          "{\"proto\":{\"endpoint\":\"ftp://x/none.proto\"},\"service\":{\"name\":\"S\",\"host\":\"h\"},\"method\":\"M\"} | 'proto.endpoint' must begin with http",
        })
    void whatCanNotBeCalledIsAConfigurationErrorThatNamesTheField(String arguments, String detail) {
      Fault fault = cluster.fault("call:grpc", arguments);

      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getDetail()).contains(detail);
    }
  }

  @Nested
  class Failures {

    @ParameterizedTest
    @CsvSource({
      "UNAUTHENTICATED, authentication, 401",
      "PERMISSION_DENIED, authorization, 403",
      "DEADLINE_EXCEEDED, timeout, 408",
      "INVALID_ARGUMENT, communication, 400",
      "NOT_FOUND, communication, 404",
      "ABORTED, communication, 409",
      "RESOURCE_EXHAUSTED, communication, 429",
      "INTERNAL, communication, 500",
      "UNIMPLEMENTED, communication, 501",
      "UNAVAILABLE, communication, 503",
    })
    void aStatusIsAnErrorWithItsNameAndWhatWasSaid(Status.Code code, String type, int status) {
      server.answering(GrpcSite.failing(code.toStatus().withDescription("no such thing")));

      Fault fault = failing("Place", "{}");

      assertThat(fault.getType()).isEqualTo(ERRORS + type);
      assertThat(fault.getStatus()).isEqualTo(status);
      assertThat(fault.getTitle()).isEqualTo("gRPC status " + code);
      assertThat(fault.getDetail())
          .isEqualTo(
              "shop.orders.v1.Orders/Place on 127.0.0.1:%d ended with %s: no such thing"
                  .formatted(server.port(), code));
    }

    @Test
    void aStreamThatFailsGivesNoneOfItsAnswers() {
      server.answering((_, client) -> {
        client.onNext(event(1, "a"));
        client.onError(Status.ABORTED.asRuntimeException());
      });

      assertThat(failing("Watch", "{}").getStatus()).isEqualTo(409);
    }

    @Test
    void aServerThatIsNotThereIsACommunicationErrorAndIsFoundWhenItComes() throws Exception {
      int port = Listener.freePort();

      Fault fault = cluster.fault("call:grpc", arguments(PROTO, "Orders", port, "", "Place", "{}"));

      assertThat(fault.getType()).isEqualTo(ERRORS + "communication");
      assertThat(fault.getStatus()).isEqualTo(503);
      assertThat(fault.getDetail()).contains("127.0.0.1:" + port).contains("Connection refused");

      server.close();
      server = new GrpcSite(InsecureServerCredentials.create(), port);
      server.answering(GrpcCallTest::receipt);
      assertThat(call("Place", "{\"tip\":3}").at("/order/tip").intValue()).isEqualTo(3);
    }

    @Test
    void aMessageThatIsTooLargeIsACommunicationErrorThatNamesTheLimit() {
      server.answering((_, client) -> reply(client, event(1, "x".repeat(LIMIT))));

      Fault fault = failing("Watch", "{}");

      assertThat(fault.getType()).isEqualTo(ERRORS + "communication");
      assertThat(fault.getTitle()).isEqualTo("Message too large");
      assertThat(fault.getDetail()).contains("limit of this worker is " + LIMIT + " bytes");
    }

    @Test
    void aStreamWithoutEndIsGivenUpAtTheLimit() throws Exception {
      CountDownLatch cancelled = new CountDownLatch(1);
      server.atCancel(cancelled::countDown);
      server.answering((_, client) -> {
        while (!client.isCancelled()) {
          // No faster than it goes out, or it would fill the memory until the client is heard.
          if (client.isReady()) {
            client.onNext(event(0, "x".repeat(LIMIT / 16)));
          } else {
            Thread.onSpinWait();
          }
        }
      });

      Fault fault = failing("Watch", "{}");

      assertThat(fault.getTitle()).isEqualTo("Message too large");
      assertThat(cancelled.await(FakeCoordinator.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aCancelledAttemptCancelsTheCall() throws Exception {
      CountDownLatch asked = new CountDownLatch(1);
      CountDownLatch cancelled = new CountDownLatch(1);
      server.atCancel(cancelled::countDown).answering((_, _) -> asked.countDown());
      Dispatch dispatch = cluster.coordinator().dispatch("call:grpc", arguments("Watch", "{}"));
      cluster.coordinator().session(0).send(dispatch);
      asked.await();

      cluster.coordinator().session(0).cancel(dispatch.getToken());
      Report report = cluster.coordinator().report(dispatch.getToken());

      assertThat(report.getOutcomeCase()).isEqualTo(Report.OutcomeCase.CANCELLED);
      assertThat(cancelled.await(FakeCoordinator.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }
}
