package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.history.ErrorType;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What {@code $secrets} shows: those that the definition declares and the engine knows. One that is
 * declared and not known is an error when it is asked for, and none before: what needs others goes
 * on.
 */
@SuppressWarnings("unchecked") // deepCopy, which Jackson has overridden so
final class DeclaredSecrets extends ObjectNode {
  private static final long serialVersionUID = 1L;

  private final transient Set<String> unknown = new TreeSet<>();

  DeclaredSecrets(List<String> declared, SecretSource source) {
    super(JsonNodeFactory.instance);
    for (String name : declared) {
      JsonNode value = source.get(name);
      if (value == null) {
        unknown.add(name);
      } else {
        set(name, value);
      }
    }
  }

  /**
   * @throws TaskFailure if the secret is declared and not known
   */
  @Override
  public @Nullable JsonNode get(String name) {
    if (unknown.contains(name)) {
      throw new TaskFailure(
          ErrorType.AUTHORIZATION.error(
              "the secret \"" + name + "\" is declared but not known to this engine", null));
    }
    return super.get(name);
  }
}
