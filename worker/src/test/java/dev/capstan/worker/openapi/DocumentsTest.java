package dev.capstan.worker.openapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.http.KeptDocuments;
import dev.capstan.worker.http.Resources;
import dev.capstan.worker.http.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents are kept for a while, a few at a time, and never larger than allowed. */
class DocumentsTest {

  private static final int LIMIT = 64 * 1024;

  @TempDir Path directory;

  private final AtomicLong now = new AtomicLong();
  private Resources resources;
  private Documents documents;

  @BeforeEach
  void start() {
    resources = new Resources(new Transport("test"));
    documents = new Documents(resources, LIMIT, now::get);
  }

  @AfterEach
  void stop() {
    resources.close();
  }

  private TextNode write(String name, String content) throws IOException {
    Path file = Files.writeString(directory.resolve(name), content);
    return TextNode.valueOf(file.toUri().toString());
  }

  private static String documentWith(String operationId) {
    return """
    openapi: 3.1.0
    servers: [{url: 'http://127.0.0.1:1/api/'}]
    paths:
      /things: {get: {operationId: %s}}
    """
        .formatted(operationId);
  }

  @Test
  void aDocumentIsReadOnceWhileItIsFresh() throws Exception {
    TextNode place = write("api.yaml", documentWith("first"));
    ApiDocument before = documents.get(place);
    write("api.yaml", documentWith("second"));

    now.addAndGet(KeptDocuments.KEPT.toNanos() - 1);

    assertThat(documents.get(place)).isSameAs(before);
  }

  @Test
  void aDocumentIsReadAgainWhenItIsOld() throws Exception {
    TextNode place = write("api.yaml", documentWith("first"));
    ApiDocument before = documents.get(place);
    write("api.yaml", documentWith("second"));

    now.addAndGet(KeptDocuments.KEPT.toNanos());

    assertThat(documents.get(place)).isNotSameAs(before);
    assertThat(documents.get(place).operation("second").server())
        .isEqualTo("http://127.0.0.1:1/api");
  }

  @Test
  void theDocumentLongestUnusedGivesItsPlaceToANewOne() throws Exception {
    TextNode used = write("used.yaml", documentWith("used"));
    TextNode unused = write("unused.yaml", documentWith("unused"));
    ApiDocument usedBefore = documents.get(used);
    ApiDocument unusedBefore = documents.get(unused);
    for (int i = 2; i < KeptDocuments.MOST_KEPT + 1; i++) {
      documents.get(used);
      documents.get(write("more-" + i + ".yaml", documentWith("more")));
    }

    assertThat(documents.get(used)).isSameAs(usedBefore);
    assertThat(documents.get(unused)).isNotSameAs(unusedBefore);
  }

  @Test
  void aDocumentThatCanNotBeReadIsNotRemembered() throws Exception {
    TextNode place = write("api.yaml", "- no\n- document\n");
    assertThatThrownBy(() -> documents.get(place))
        .isInstanceOf(TaskFault.class)
        .hasMessageContaining("is not an OpenAPI document");

    write("api.yaml", documentWith("mended"));

    assertThat(documents.get(place).operation("mended").method()).isEqualTo("GET");
  }

  @Test
  void aDocumentLargerThanTheLimitIsRefused() throws Exception {
    TextNode place = write("api.yaml", documentWith("large") + "#".repeat(LIMIT));

    assertThatThrownBy(() -> documents.get(place))
        .isInstanceOf(TaskFault.class)
        .hasMessageContaining("'document.endpoint' is larger than the limit of " + LIMIT);
  }
}
