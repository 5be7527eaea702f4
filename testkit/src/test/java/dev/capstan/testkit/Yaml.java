package dev.capstan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** YAML of test resources. */
final class Yaml {
  private Yaml() {}

  static JsonNode read(String text) {
    Object value = new Load(LoadSettings.builder().build()).loadFromString(text);
    return new ObjectMapper().valueToTree(value);
  }
}
