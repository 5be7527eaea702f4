package dev.capstan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaCommandTest {
  @TempDir Path directory;

  @Test
  void theSchemaIsPrinted() throws IOException {
    Shell.Result result = new Shell(directory, Map.of()).run("schema");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEmpty();
    JsonNode schema = new ObjectMapper().readTree(result.out());
    assertThat(schema.at("/$defs/task/properties/metadata/properties/capstan").isObject()).isTrue();
  }

  @Test
  void theSchemaIsWrittenToAFile() throws IOException {
    Shell shell = new Shell(directory, Map.of());
    String printed = shell.run("schema").out();

    assertThat(shell.run("schema", "--to", "capstan.schema.json").out()).isEmpty();

    assertThat(Files.readString(directory.resolve("capstan.schema.json"))).isEqualTo(printed);
    assertThat(shell.run("schema", "--to", "none/x.json").exitCode()).isEqualTo(2);
  }
}
