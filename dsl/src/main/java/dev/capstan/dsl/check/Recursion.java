package dev.capstan.dsl.check;

import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds functions that call themselves, directly or through others. A depth-first walk: every cycle
 * of calls has one that leads back to a function that is being walked.
 */
final class Recursion {
  private static final int SHOWN = 5;

  private record Call(String function, Path path) {}

  private record Open(String function, Iterator<Call> calls) {}

  private final Map<String, List<Call>> calls = new LinkedHashMap<>();
  private final Set<String> walked = new LinkedHashSet<>();
  private final Deque<Open> open = new ArrayDeque<>();
  private final Set<String> around = new LinkedHashSet<>();

  /** A task of {@code function} calls {@code called}. */
  void called(String function, String called, Path path) {
    calls.computeIfAbsent(function, _ -> new ArrayList<>()).add(new Call(called, path));
  }

  void check(Findings findings) {
    for (String function : calls.keySet()) {
      if (!walked.contains(function)) {
        walk(function, findings);
      }
    }
  }

  private void walk(String start, Findings findings) {
    enter(start);
    while (!open.isEmpty()) {
      Open innermost = open.getLast();
      if (!innermost.calls().hasNext()) {
        open.removeLast();
        around.remove(innermost.function());
        continue;
      }
      Call call = innermost.calls().next();
      if (around.contains(call.function())) {
        say(call, findings);
      } else if (calls.containsKey(call.function()) && !walked.contains(call.function())) {
        enter(call.function());
      }
    }
  }

  private void enter(String function) {
    walked.add(function);
    around.add(function);
    open.addLast(new Open(function, calls.getOrDefault(function, List.of()).iterator()));
  }

  private void say(Call call, Findings findings) {
    List<String> all = List.copyOf(around);
    List<String> cycle = all.subList(all.indexOf(call.function()), all.size());
    String through =
        cycle.size() == 1
            ? ""
            : " through "
                + String.join(
                    ", ", cycle.stream().skip(1).limit(SHOWN).map(Words::shortened).toList())
                + (cycle.size() - 1 > SHOWN ? " and others" : "");
    findings.error(
        DiagnosticCode.RECURSIVE_FUNCTION,
        new Place.Value(call.path()),
        "the function \"" + Words.shortened(call.function()) + "\" calls itself" + through,
        "fix: loop with \"for\", or run a workflow of its own with run.workflow");
  }
}
