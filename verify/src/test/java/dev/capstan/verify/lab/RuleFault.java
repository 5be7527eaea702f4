package dev.capstan.verify.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A rule of the switch. */
final class RuleFault implements Fault {
  private final Namespaces namespaces;
  private final String text;
  private final int id;
  private final IntFunction<String> names;
  private @Nullable Evidence last;

  /** A way from one host to another. */
  record Way(Host from, Host to) {}

  /**
   * @param rule as {@link Rule#parse} takes it, without the ways
   * @param names of hosts by number
   */
  RuleFault(Namespaces namespaces, int id, String rule, List<Way> ways, IntFunction<String> names) {
    this.namespaces = namespaces;
    this.id = id;
    this.names = names;
    StringBuilder command = new StringBuilder("rule " + id + " " + rule);
    StringBuilder readable = new StringBuilder(rule);
    for (Way way : ways) {
      command.append(' ').append(way.from().number()).append('>').append(way.to().number());
      readable.append(' ').append(way.from().name()).append('>').append(way.to().name());
    }
    this.text = readable.toString();
    ask(command.toString());
  }

  @Override
  public synchronized Evidence evidence() {
    return last == null ? parsed(ask("hits " + id)) : last;
  }

  @Override
  public synchronized void heal() {
    if (last == null) {
      last = parsed(ask("heal " + id));
    }
  }

  private Evidence parsed(String answer) {
    Map<String, Long> hits = new HashMap<>();
    for (String way : answer.split(" ", -1)) {
      int arrow = way.indexOf('>');
      int equals = way.indexOf('=');
      hits.put(
          names.apply(Integer.parseInt(way.substring(0, arrow)))
              + ">"
              + names.apply(Integer.parseInt(way.substring(arrow + 1, equals))),
          Long.valueOf(way.substring(equals + 1)));
    }
    return new Evidence(hits);
  }

  private String ask(String question) {
    try {
      return namespaces.ask(question);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
