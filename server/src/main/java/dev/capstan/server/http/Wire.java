package dev.capstan.server.http;

import dev.capstan.core.history.WorkflowError;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.http.json.Described;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Forms that several operations share. */
final class Wire {
  private Wire() {}

  @Described("An error object of the Open Workflow Specification")
  record ErrorObject(
      @Described("A URI") String type,
      int status,
      @Nullable String title,
      @Nullable String detail,
      @Described("JSON pointer of the task it comes from") @Nullable String instance) {

    static @Nullable ErrorObject of(@Nullable WorkflowError error) {
      return error == null
          ? null
          : new ErrorObject(
              error.type(), error.status(), error.title(), error.detail(), error.instance());
    }
  }

  @Described("Something about a definition that deserves a look")
  record Diagnostic(
      String code,
      @Described("JSON pointer (RFC 6901)") String pointer,
      @Nullable Integer line,
      @Nullable Integer column,
      String detail,
      @Nullable String hint) {

    static List<Diagnostic> of(List<Refusal.Detail> details) {
      return details.stream()
          .map(d ->
              new Diagnostic(
                  d.code(),
                  d.pointer(),
                  d.line() > 0 ? d.line() : null,
                  d.column() > 0 ? d.column() : null,
                  d.message(),
                  d.hint()))
          .toList();
    }
  }

  /** A list's answer, with the link to its next page (RFC 8288). */
  static Answer.Whole page(Call call, Page<?> page, Record body) {
    Answer.Whole answer = Answer.json(200, body).asOf(page.revision());
    if (page.next() == null) {
      return answer;
    }
    return answer.with("Link", "<" + call.withCursor(page.next()) + ">; rel=\"next\"");
  }

  /** A value as one segment of a path. */
  static String segment(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
