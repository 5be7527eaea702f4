package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.NearNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The operations of a document by their ids, in its order. */
final class Listing {

  private static final List<String> METHODS =
      List.of("get", "put", "post", "delete", "options", "head", "patch", "trace");

  /**
   * One operation as it stands in the document.
   *
   * @param item the path item around it
   */
  record Entry(String id, String method, String path, JsonNode item, JsonNode operation) {

    /** For errors. */
    String request() {
      return method + " " + path;
    }
  }

  private final Map<String, List<Entry>> entries = new LinkedHashMap<>();

  /** Paths that stand in other documents. */
  private final List<String> elsewhere = new ArrayList<>();

  private Listing() {}

  static Listing of(JsonNode paths, References references) {
    Listing listing = new Listing();
    for (Map.Entry<String, JsonNode> path : paths.properties()) {
      JsonNode item = references.resolveIfPossible(path.getValue());
      if (item.isMissingNode()) {
        listing.elsewhere.add(path.getKey());
      }
      for (String method : METHODS) {
        listing.add(method, path.getKey(), item);
      }
    }
    return listing;
  }

  private void add(String method, String path, JsonNode item) {
    JsonNode operation = item.path(method);
    String id = operation.path("operationId").asText();
    if (!id.isEmpty()) {
      entries
          .computeIfAbsent(id, _ -> new ArrayList<>())
          .add(new Entry(id, method.toUpperCase(Locale.ROOT), path, item, operation));
    }
  }

  /** The one operation of this id. */
  Entry get(String id) {
    List<Entry> found = entries.getOrDefault(id, List.of());
    return switch (found.size()) {
      case 0 -> throw Faults.document(unknown(id));
      case 1 -> found.getFirst();
      default ->
          throw Faults.document(
              "The document gives the operationId '"
                  + id
                  + "' to several operations: "
                  + String.join(", ", found.stream().map(Entry::request).toList())
                  + ".");
    };
  }

  private String unknown(String id) {
    StringBuilder detail =
        new StringBuilder("The document has no operation '").append(id).append("'.");
    List<String> near = NearNames.among(entries.keySet(), id);
    if (!near.isEmpty()) {
      detail.append(" Near it are ").append(NearNames.listed(near)).append('.');
    } else if (entries.isEmpty()) {
      detail.append(" None of its operations has an 'operationId'.");
    } else {
      detail.append(" It has ").append(NearNames.listed(entries.keySet())).append('.');
    }
    if (!elsewhere.isEmpty()) {
      detail
          .append(" Paths that stand in other documents are not read: ")
          .append(NearNames.listed(elsewhere))
          .append('.');
    }
    return detail.toString();
  }
}
