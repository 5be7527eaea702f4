package dev.capstan.server.nodes;

import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.Hello;
import dev.capstan.node.config.Labels;
import dev.capstan.node.config.Limits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Checks what a worker says of itself; whoever sends it may be anybody. */
final class HelloCheck {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");
  private static final Pattern KIND = Pattern.compile("[a-z][A-Za-z0-9._:/-]{0,127}");

  private final Limits limits;
  private final List<String> faults = new ArrayList<>();

  private HelloCheck(Limits limits) {
    this.limits = limits;
  }

  /** What is wrong with it, one sentence each; empty when it is fine. */
  static List<String> faults(Hello hello, Limits limits) {
    HelloCheck check = new HelloCheck(limits);
    check.identity(hello);
    check.kinds(hello.getKindsList());
    check.labels("labels", hello.getLabelsMap());
    check.labels("things found", hello.getFoundMap());
    return check.faults;
  }

  /** What is wrong with later words of a worker about itself. */
  static List<String> faults(Capabilities said, Limits limits) {
    HelloCheck check = new HelloCheck(limits);
    check.kinds(said.getKindsList());
    check.labels("things found", said.getFoundMap());
    return check.faults;
  }

  static NodeCapabilities capabilities(Capabilities said) {
    return new NodeCapabilities(
        said.getKindsList(),
        said.getFoundMap(),
        Math.max(0, said.getCapacity().getProcessors()),
        Math.max(0, said.getCapacity().getMemoryBytes()),
        Math.max(0, said.getCapacity().getDiskBytes()));
  }

  /** What is wrong with labels that an operator gives a node, and with names of others. */
  static List<String> faults(Map<String, String> given, Collection<String> names, Limits limits) {
    HelloCheck check = new HelloCheck(limits);
    given.forEach(check::label);
    names.forEach(name -> check.label(name, ""));
    return check.faults;
  }

  static NodeProfile profile(Hello hello) {
    String name = hello.getName().isBlank() ? hello.getNodeId() : hello.getName();
    return new NodeProfile(
        hello.getNodeId(),
        name,
        hello.getSlots(),
        hello.getKindsList(),
        hello.getLabelsMap(),
        hello.getFoundMap(),
        Math.max(0, hello.getCapacity().getProcessors()),
        Math.max(0, hello.getCapacity().getMemoryBytes()),
        Math.max(0, hello.getCapacity().getDiskBytes()),
        hello.getVersion());
  }

  private void identity(Hello hello) {
    if (!ID.matcher(hello.getNodeId()).matches()) {
      fault(
          "node_id must be 1 to 128 letters, digits and . _ : - and start with a letter or digit");
    }
    if (!isPlain(hello.getName())) {
      fault(
          "name must be at most "
              + limits.labelLength()
              + " characters without control characters");
    }
    if (!isPlain(hello.getVersion())) {
      fault(
          "version must be at most "
              + limits.labelLength()
              + " characters without control characters");
    }
    if (hello.getSlots() < 1 || hello.getSlots() > limits.slotsPerNode()) {
      fault("slots must be from 1 to " + limits.slotsPerNode() + ", not " + hello.getSlots());
    }
  }

  private void kinds(List<String> kinds) {
    if (kinds.isEmpty() || kinds.size() > limits.kindsPerNode()) {
      fault("kinds must be from 1 to " + limits.kindsPerNode() + ", not " + kinds.size());
      return;
    }
    Set<String> seen = new HashSet<>();
    for (String kind : kinds) {
      if (!KIND.matcher(kind).matches()) {
        fault("a kind must be at most 128 letters, digits and . _ : / - such as run:shell");
        return;
      }
      if (!seen.add(kind)) {
        fault("the kind " + kind + " is there twice");
      }
    }
  }

  private void labels(String what, Map<String, String> labels) {
    if (labels.size() > limits.labels()) {
      fault("there may be at most " + limits.labels() + " " + what + ", not " + labels.size());
      return;
    }
    labels.forEach(this::label);
  }

  private void label(String name, String value) {
    if (!Labels.isName(name) || name.length() > limits.labelLength() || !isPlain(value)) {
      fault(
          "a label's name must be letters, digits and . _ / - and its value without control characters, both at most "
              + limits.labelLength()
              + " characters");
    }
  }

  private boolean isPlain(String text) {
    return text.length() <= limits.labelLength() && text.chars().noneMatch(Character::isISOControl);
  }

  private void fault(String sentence) {
    faults.add(sentence);
  }
}
