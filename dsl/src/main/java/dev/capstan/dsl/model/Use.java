package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.Template;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The reusable parts of a definition by name. What {@code timeouts, retries} and {@code errors}
 * name is already put in where it is used.
 *
 * @param authentications policies, as templates of the policy object
 * @param secrets names that {@code $secrets} may show
 * @param functions by name: lists of one task, the function itself
 * @param extensions in the order of declaration
 * @param catalogs by name, as JSON
 */
public record Use(
    Map<String, Template> authentications,
    List<String> secrets,
    Map<String, TaskList> functions,
    List<Extension> extensions,
    Map<String, JsonNode> catalogs) {
  public Use {
    authentications = new LinkedHashMap<>(authentications);
    secrets = List.copyOf(secrets);
    functions = new LinkedHashMap<>(functions);
    extensions = List.copyOf(extensions);
    catalogs = new LinkedHashMap<>(catalogs);
  }

  /** Nothing. */
  public static final Use NOTHING = new Use(Map.of(), List.of(), Map.of(), List.of(), Map.of());
}
