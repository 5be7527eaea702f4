package dev.capstan.cli.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.dsl.diagnostic.Diagnostic;
import java.util.List;

/** Cases for programs. */
public final class CaseJson {
  private CaseJson() {}

  /** One value about all files. */
  public static JsonNode of(List<TestedFile> files) {
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    ArrayNode all = result.putArray("files");
    for (TestedFile file : files) {
      ObjectNode one = all.addObject().put("file", file.name());
      one.put("valid", file.rejection() == null);
      if (file.rejection() != null) {
        ArrayNode diagnostics = one.putArray("diagnostics");
        String where = file.rejection().file();
        file.rejection().diagnostics().forEach(found -> diagnostics.add(json(where, found)));
      }
      ArrayNode cases = one.putArray("cases");
      file.cases().forEach(tested -> cases.add(json(tested)));
    }
    return result;
  }

  private static ObjectNode json(String file, Diagnostic found) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("file", file)
        .put("code", found.code())
        .put("message", found.message())
        .put("pointer", found.pointer())
        .put("line", found.line())
        .put("column", found.column());
  }

  private static ObjectNode json(TestedFile.Tested tested) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("name", tested.test().name())
        .put("line", tested.test().line())
        .put("passed", tested.result().passed())
        .put("took", tested.result().took().toString());
    ArrayNode differences = json.putArray("differences");
    tested
        .result()
        .differences()
        .forEach(difference ->
            differences
                .addObject()
                .put("what", difference.what())
                .put("expected", difference.expected())
                .put("actual", difference.actual()));
    return json;
  }
}
