package dev.capstan.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The shop's books, in memory. May be used by any thread. */
final class Shop {
  private static final int STOCK_OF_EACH = 1000;

  private final Map<String, Map<String, Integer>> reserved = new TreeMap<>();
  private final Map<String, Integer> available = new HashMap<>();

  /** An answer. */
  record Reply(int status, ObjectNode body) {}

  /**
   * Carries out a request.
   *
   * @param path its segments
   */
  synchronized Reply handle(String method, List<String> path, JsonNode body) {
    String what = method + " " + (path.isEmpty() ? "" : path.getFirst()) + " " + path.size();
    return switch (what) {
      case "GET inventory 2" ->
          reply(200).with("sku", path.get(1)).with("available", available(path.get(1))).done();
      case "POST inventory 2" -> reserve(body);
      case "DELETE inventory 3" -> release(path.get(2));
      case "POST payments 1" -> pay(body);
      case "POST payments 3" -> reply(200).with("refunded", path.get(1)).done();
      case "POST shipments 1" -> ship(body);
      default -> problem(404, "there is no " + method + " /" + String.join("/", path));
    };
  }

  private int available(String sku) {
    return available.getOrDefault(sku, STOCK_OF_EACH);
  }

  private Reply reserve(JsonNode body) {
    String order = body.path("orderId").asText();
    String sku = body.path("sku").asText();
    int quantity = body.path("quantity").asInt();
    if (order.isEmpty() || sku.isEmpty() || quantity < 1) {
      return problem(400, "a reservation needs orderId, sku and a quantity of at least 1");
    }
    if (quantity > available(sku)) {
      return problem(409, "only " + available(sku) + " of " + sku + " are left");
    }
    available.put(sku, available(sku) - quantity);
    reserved.computeIfAbsent(order, _ -> new TreeMap<>()).merge(sku, quantity, Integer::sum);
    return reply(201)
        .with("reservation", "R-" + order + "-" + sku)
        .with("sku", sku)
        .with("quantity", quantity)
        .done();
  }

  private Reply release(String order) {
    Map<String, Integer> lines = reserved.remove(order);
    if (lines != null) {
      lines.forEach((sku, quantity) -> available.put(sku, available(sku) + quantity));
    }
    return reply(200).with("released", lines == null ? 0 : lines.size()).done();
  }

  private static Reply pay(JsonNode body) {
    double amount = body.path("amount").asDouble();
    if (body.path("orderId").asText().isEmpty() || amount <= 0) {
      return problem(400, "a payment needs orderId and a positive amount");
    }
    Reply reply = reply(201).with("payment", "P-" + body.path("orderId").asText()).done();
    reply.body().set("amount", body.path("amount"));
    return reply;
  }

  private static Reply ship(JsonNode body) {
    String order = body.path("orderId").asText();
    if (order.isEmpty()) {
      return problem(400, "a shipment needs orderId");
    }
    return reply(201)
        .with("tracking", "T-" + order + "-" + Math.floorMod(order.hashCode(), 10_000))
        .done();
  }

  static Reply problem(int status, String detail) {
    return reply(status).with("status", status).with("detail", detail).done();
  }

  private static Building reply(int status) {
    return new Building(status, JsonNodeFactory.instance.objectNode());
  }

  private record Building(int status, ObjectNode body) {
    Building with(String name, String value) {
      body.put(name, value);
      return this;
    }

    Building with(String name, int value) {
      body.put(name, value);
      return this;
    }

    Reply done() {
      return new Reply(status, body);
    }
  }
}
