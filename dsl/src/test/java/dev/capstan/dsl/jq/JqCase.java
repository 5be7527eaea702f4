package dev.capstan.dsl.jq;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One example of the language, as it stands in {@code cases.txt}. */
record JqCase(String section, String program, String input, List<String> expected) {
  /** Reads all examples. */
  static List<JqCase> all() throws IOException {
    try (InputStream in = JqCase.class.getResourceAsStream("cases.txt")) {
      if (in == null) {
        throw new IOException("cases.txt is missing");
      }
      return new Reader()
          .read(new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)));
    }
  }

  @Override
  public String toString() {
    return section + ": " + program + " <- " + input;
  }

  private static final class Reader {
    private final List<JqCase> cases = new ArrayList<>();
    private final List<String> program = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();
    private String section = "";
    private @Nullable String input;

    List<JqCase> read(BufferedReader lines) throws IOException {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        accept(line);
      }
      finish();
      return cases;
    }

    private void accept(String line) {
      if (line.isBlank()) {
        finish();
      } else if (line.startsWith("== ")) {
        section = line.substring(3);
      } else if (line.startsWith("  <- ")) {
        input = line.substring(5);
      } else if (line.startsWith("  -> ") || line.startsWith("  !! ") || line.startsWith("  ?? ")) {
        expected.add(line.substring(2));
      } else if (!section.isEmpty()) {
        program.add(line);
      }
    }

    private void finish() {
      if (!program.isEmpty()) {
        String given = input == null ? "null" : input;
        cases.add(new JqCase(section, String.join("\n", program), given, List.copyOf(expected)));
      }
      program.clear();
      expected.clear();
      input = null;
    }
  }
}
