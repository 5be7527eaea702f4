package dev.capstan.node.config;

import dev.capstan.node.config.NodeConfig.DiscoveryProtocol;
import dev.capstan.node.config.NodeConfig.PlacementStrategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds values that are fine by themselves, but can't both be meant. */
final class Contradictions {
  private static final Set<String> EVERY_ADDRESS = Set.of("0.0.0.0", "::", "0:0:0:0:0:0:0:0");

  private final Values values;
  private final Faults faults;

  private Contradictions(Values values, Faults faults) {
    this.values = values;
    this.faults = faults;
  }

  /**
   * Finds all.
   *
   * @param seeded whether seeds are given beside the values
   */
  static void find(Values values, boolean seeded, Faults faults) {
    Contradictions search = new Contradictions(values, faults);
    // Without discovery the protocol is not used, so nothing can contradict it.
    if (values.get(Keys.DISCOVERY_ENABLED) && values.isKnown(Keys.DISCOVERY_PROTOCOL)) {
      search.missing(seeded);
      search.ofAnotherProtocol();
    }
    search.labelOfStrategy();
    search.ofSink();
    search.advertised();
    search.ports();
  }

  private void missing(boolean seeded) {
    DiscoveryProtocol protocol = values.get(Keys.DISCOVERY_PROTOCOL);
    String pointer = Keys.DISCOVERY_PROTOCOL.pointer();
    if (protocol == DiscoveryProtocol.STATIC
        && !seeded
        && values.isKnown(Keys.SEEDS)
        && values.get(Keys.SEEDS).isEmpty()) {
      faults.contradiction(
          pointer,
          "the protocol static needs \"seeds\", but there are none",
          "fix: add seeds: [\"host:port\"] or --seeds, or take the protocol mdns or dns, or set enabled: false");
    }
    if (protocol == DiscoveryProtocol.DNS && !values.has(Keys.DNS_NAME)) {
      faults.contradiction(
          pointer,
          "the protocol dns needs \"dns_name\", which is missing",
          "fix: add dns_name: the name whose records are the coordinators");
    }
  }

  private void ofAnotherProtocol() {
    boolean dns = values.get(Keys.DISCOVERY_PROTOCOL) == DiscoveryProtocol.DNS;
    boolean mdns = values.get(Keys.DISCOVERY_PROTOCOL) == DiscoveryProtocol.MDNS;
    if (!dns) {
      meansNothing(Keys.DNS_NAME, DiscoveryProtocol.DNS);
      meansNothing(Keys.DNS_PORT, DiscoveryProtocol.DNS);
    }
    if (!mdns) {
      meansNothing(Keys.INTERFACES, DiscoveryProtocol.MDNS);
    }
    if (dns
        && values.has(Keys.DNS_PORT)
        && values.find(Keys.DNS_NAME).filter(name -> name.startsWith("_")).isPresent()) {
      faults.contradiction(
          Keys.DNS_PORT.pointer(),
          "\"port\" means nothing when \"dns_name\" begins with _, since SRV records tell the port",
          "fix: remove it, or take a name with A or AAAA records");
    }
  }

  private void meansNothing(Key<?> key, DiscoveryProtocol needed) {
    if (values.has(key)) {
      String protocol = Form.word(values.get(Keys.DISCOVERY_PROTOCOL));
      faults.contradiction(
          key.pointer(),
          Faults.quoted(key.name()) + " means nothing with the protocol " + protocol,
          "fix: remove it, or take the protocol " + Form.word(needed));
    }
  }

  private void labelOfStrategy() {
    if (!values.has(Keys.STRATEGY_LABEL) || !values.isKnown(Keys.STRATEGY)) {
      return;
    }
    PlacementStrategy strategy = values.get(Keys.STRATEGY);
    if (strategy != PlacementStrategy.SPREAD && strategy != PlacementStrategy.AFFINITY) {
      faults.contradiction(
          Keys.STRATEGY_LABEL.pointer(),
          "\"strategy_label\" means nothing with the strategy " + Form.word(strategy),
          "fix: remove it, or take the strategy spread or affinity");
    }
  }

  private void ofSink() {
    if (values.has(Keys.SINK)) {
      boolean authorized =
          values.get(Keys.SINK_HEADER_SECRETS).keySet().stream()
              .anyMatch("authorization"::equalsIgnoreCase);
      if (authorized && values.has(Keys.SINK_TOKEN_SECRET)) {
        faults.contradiction(
            Keys.SINK_TOKEN_SECRET.pointer(),
            "\"token_secret\" and \"header_secrets\" both say what the header authorization is",
            "fix: remove one of them");
      }
      return;
    }
    for (Key<?> key :
        List.of(
            Keys.SINK_TOKEN_SECRET,
            Keys.SINK_HEADER_SECRETS,
            Keys.SINK_MODE,
            Keys.STATUS_CHANGED,
            Keys.MAX_WAITING)) {
      if (values.has(key)) {
        faults.contradiction(
            key.pointer(),
            Faults.quoted(key.name()) + " means nothing without \"sink\"",
            "fix: remove it, or add sink: the URL that life-cycle events are sent to");
      }
    }
  }

  private void advertised() {
    if (values.find(Keys.ADVERTISE).filter(EVERY_ADDRESS::contains).isPresent()) {
      faults.contradiction(
          Keys.ADVERTISE.pointer(),
          "\"advertise\" is " + values.get(Keys.ADVERTISE) + ", at which nobody can be reached",
          "allowed: " + Keys.ADVERTISE.form().allowed());
    }
  }

  private void ports() {
    List<Key<Integer>> before = new ArrayList<>();
    for (Key<Integer> key : List.of(Keys.HTTP_PORT, Keys.GRPC_PORT_KEY, Keys.PEER_PORT)) {
      int port = values.get(key);
      before.stream()
          .filter(other -> port != 0 && values.get(other) == port)
          .findFirst()
          .ifPresent(other ->
              faults.contradiction(
                  (values.has(key) ? key : other).pointer(),
                  Faults.quoted(other.name())
                      + " and "
                      + Faults.quoted(key.name())
                      + " are both "
                      + port,
                  "fix: give each a port of its own, or 0 for any that is free"));
      before.add(key);
    }
  }
}
