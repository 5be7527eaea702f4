package dev.capstan.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.json.Described;
import dev.capstan.server.http.json.JsonText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * What the server says about itself: where things are, the API's document, and a page for each
 * error code.
 */
final class DocumentOperations {
  private static final String TAG = "documents";
  private static final Pattern CODE = Pattern.compile("CAP-\\d{4}");

  private final Supplier<ObjectNode> document;

  DocumentOperations(Supplier<ObjectNode> document) {
    this.document = document;
  }

  @Described("What is where")
  record Welcome(String product, String api, String health, String metrics, String errors) {}

  List<Operation> operations() {
    return List.of(
        Operation.get("/", "getWelcome")
            .tag(TAG, Permissions.NONE)
            .local()
            .summary("Says what is where")
            .gives(200, "What is where", Welcome.class)
            .handledBy(call ->
                Answer.json(
                    200,
                    new Welcome(
                        "Capstan",
                        "/openapi.json",
                        "/livez, /readyz",
                        "/metrics",
                        "/errors/CAP-2002"))),
        Operation.get("/openapi.json", "getOpenApi")
            .tag(TAG, Permissions.NONE)
            .local()
            .summary("This document")
            .gives(new Operation.Reply(200, "OpenAPI 3.1", "application/json", null))
            .handledBy(
                call -> Answer.text(200, "application/json", JsonText.pretty(document.get()))),
        Operation.get("/errors/{code}", "getErrorPage")
            .tag(TAG, Permissions.NONE)
            .local()
            .summary("Explains an error code: what happened, why, what to do")
            .with(Parameter.path("code", "Such as CAP-2002"))
            .gives(new Operation.Reply(200, "The page", "text/markdown", null))
            .handledBy(call -> page(call.path("code"))));
  }

  private static Answer page(String code) {
    String resource = "/dev/capstan/docs/errors/" + code + ".md";
    try (InputStream in =
        CODE.matcher(code).matches()
            ? DocumentOperations.class.getResourceAsStream(resource)
            : null) {
      if (in == null) {
        throw new Refusal(
            Refusal.Code.NOT_FOUND,
            "there is no page for \"" + code + "\"",
            "codes look like CAP-2002");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Answer.text(200, "text/markdown; charset=utf-8", text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
