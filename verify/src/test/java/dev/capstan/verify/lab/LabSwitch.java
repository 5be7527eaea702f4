package dev.capstan.verify.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The first process of a lab: carries frames between the hosts, and connections from the test's
 * JVM, which come over a Unix socket because those know no network namespaces.
 *
 * <p>Argument: the path of that socket. Prints {@code ready}, then answers each line of standard
 * input with one line:
 *
 * <ul>
 *   <li>{@code plug NUMBER DEVICE NETWORK}
 *   <li>{@code rule ID RULE}, see {@link Rule#parse}
 *   <li>{@code hits ID} and {@code heal ID}: the counts of a rule
 *   <li>{@code undelivered NUMBER}: frames that a port's link did not take
 * </ul>
 *
 * Ends, and all processes of the lab with it, when its input ends.
 */
final class LabSwitch {
  private final Fabric fabric = new Fabric();
  private final Map<Integer, Rule> rules = new HashMap<>();

  private LabSwitch() {}

  public static void main(String[] arguments) throws IOException {
    ServerSocketChannel doors = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    doors.bind(UnixDomainSocketAddress.of(Path.of(arguments[0])));
    Thread.ofPlatform().daemon().name("doors").start(() -> accept(doors));
    LabSwitch lab = new LabSwitch();
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      System.out.println(lab.answer(line.split(" ", -1)));
    }
    Runtime.getRuntime().halt(0);
  }

  private String answer(String[] words) {
    try {
      int number = Integer.parseInt(words[1]);
      return switch (words[0]) {
        case "plug" -> {
          fabric.plug(number, words[2], Integer.parseInt(words[3]));
          yield "plugged";
        }
        case "rule" -> {
          Rule rule = Rule.parse(Arrays.copyOfRange(words, 2, words.length));
          rules.put(number, rule);
          fabric.add(number, rule);
          yield rule.hits().toString();
        }
        case "heal" -> {
          fabric.remove(number);
          yield hits(number);
        }
        case "hits" -> hits(number);
        case "undelivered" -> Long.toString(fabric.undelivered(number));
        default -> "error: no command is called " + words[0];
      };
    } catch (IOException | RuntimeException e) {
      return "error: " + e;
    }
  }

  private String hits(int id) {
    Rule rule = rules.get(id);
    return rule == null ? "error: there is no rule " + id : rule.hits().toString();
  }

  private static void accept(ServerSocketChannel doors) {
    try {
      while (true) {
        SocketChannel guest = doors.accept();
        Thread.ofVirtual().start(() -> connect(guest));
      }
    } catch (IOException e) {
      System.err.println("no connections from outside any more: " + e);
    }
  }

  /** The guest's first six bytes say where to: an IPv4 address and a port. */
  private static void connect(SocketChannel guest) {
    try {
      ByteBuffer where = ByteBuffer.allocate(6);
      while (where.hasRemaining()) {
        if (guest.read(where) < 0) {
          guest.close();
          return;
        }
      }
      where.flip();
      byte[] address = new byte[4];
      where.get(address);
      int port = where.getShort() & 0xFFFF;
      Pump.start(
          guest,
          SocketChannel.open(new InetSocketAddress(InetAddress.getByAddress(address), port)));
    } catch (IOException e) {
      Pump.close(guest);
    }
  }
}
