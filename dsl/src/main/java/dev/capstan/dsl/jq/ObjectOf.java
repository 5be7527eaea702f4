package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes objects: one for each combination of the outputs of its keys and values, the first key
 * varying slowest.
 */
final class ObjectOf extends Expr {
  /** A key and its value; the name is known beforehand for most keys. */
  record Entry(@Nullable String name, Expr key, Expr value) {
    boolean plain() {
      return key.plain && value.plain;
    }
  }

  private final Entry[] entries;

  ObjectOf(List<Entry> entries) {
    super(entries.stream().allMatch(Entry::plain));
    this.entries = entries.toArray(Entry[]::new);
  }

  @Override
  @Nullable JsonNode eval(Env env, JsonNode in) {
    env.run.tick();
    env.run.allocate(entries.length);
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (Entry entry : entries) {
      String name = entry.name;
      if (name == null) {
        JsonNode key = entry.key.eval(env, in);
        if (key == null) {
          return null;
        }
        name = name(key);
      }
      JsonNode value = entry.value.eval(env, in);
      if (value == null) {
        return null;
      }
      object.set(name, value);
    }
    return object;
  }

  @Override
  void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
    if (plain) {
      JsonNode value = eval(env, in);
      if (value != null) {
        out.accept(Path.nowhere(path), value);
      }
    } else {
      combine(
          env,
          Path.nowhere(path),
          in,
          0,
          new String[entries.length],
          new JsonNode[entries.length],
          out);
    }
  }

  private void combine(
      Env env,
      @Nullable Path path,
      JsonNode in,
      int index,
      String[] names,
      JsonNode[] values,
      Sink out) {
    env.run.tick();
    if (index == entries.length) {
      env.run.allocate(entries.length);
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      for (int i = 0; i < index; i++) {
        object.set(names[i], values[i]);
      }
      out.accept(path, object);
      return;
    }
    Entry entry = entries[index];
    entry.key.values(
        env,
        in,
        key -> {
          String name = name(key);
          entry.value.values(
              env,
              in,
              value -> {
                names[index] = name;
                values[index] = value;
                combine(env, path, in, index + 1, names, values, out);
              });
        });
  }

  private static String name(JsonNode key) {
    if (!key.isTextual()) {
      throw JqException.error("Cannot use " + Types.described(key) + " as object key");
    }
    return key.textValue();
  }
}
