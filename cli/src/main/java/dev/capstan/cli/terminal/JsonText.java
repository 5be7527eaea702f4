package dev.capstan.cli.terminal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.UncheckedIOException;

/** JSON as text. */
public final class JsonText {
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
  private static final ObjectWriter PRETTY = MAPPER.writer(printer());

  private JsonText() {}

  private static DefaultPrettyPrinter printer() {
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    return new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines);
  }

  /** For people: indented by two spaces. */
  public static String pretty(JsonNode json) {
    try {
      return PRETTY.writeValueAsString(json).replace("\" : ", "\": ");
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A value from its text.
   *
   * @throws CliFailure when it is not one JSON value; the message says where
   */
  public static JsonNode parse(String text, String name) {
    try {
      JsonNode value = MAPPER.readTree(text);
      if (value == null || value.isMissingNode()) {
        throw CliFailure.misuse(name + " is empty", "give a JSON value, such as {}");
      }
      return value;
    } catch (JsonProcessingException e) {
      String place =
          e.getLocation() == null
              ? ""
              : " (line "
                  + e.getLocation().getLineNr()
                  + ", column "
                  + e.getLocation().getColumnNr()
                  + ")";
      throw CliFailure.misuse(
          name + " is not JSON" + place + ": " + e.getOriginalMessage(),
          "give a JSON value such as '{\"name\": \"Ada\"}', @FILE to read one from a file, or - to read it from standard input");
    }
  }
}
