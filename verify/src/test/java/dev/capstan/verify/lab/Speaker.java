package dev.capstan.verify.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * A process that talks to its like in other hosts. Answers each line of standard input with one
 * line:
 *
 * <ul>
 *   <li>{@code datagrams ADDRESS COUNT TEXT}: sends COUNT datagrams, numbered
 *   <li>{@code heard}: the datagrams that came, as {@code TEXT-NUMBER}, in their order
 *   <li>{@code echo ADDRESS BYTES}: sends that much over TCP and says how long it took until all
 *       had come back unchanged, in nanoseconds
 *   <li>{@code connections}: how many TCP connections of this host may still send something
 *   <li>{@code variable NAME}, {@code folder}, {@code user}: of its environment
 * </ul>
 */
final class Speaker {
  static final int TCP = 7_000;
  static final String GROUP = "239.77.0.1";
  private static final int UDP = 7_001;

  private final List<String> heard = new CopyOnWriteArrayList<>();

  private Speaker() {}

  public static void main(String[] arguments) throws IOException {
    Speaker speaker = new Speaker();
    ServerSocket server = new ServerSocket(TCP);
    MulticastSocket datagrams = new MulticastSocket(UDP);
    NetworkInterface device = NetworkInterface.getByName("eth0");
    datagrams.joinGroup(new InetSocketAddress(GROUP, UDP), device);
    datagrams.setNetworkInterface(device);
    Thread.ofPlatform().daemon().start(() -> accept(server));
    Thread.ofPlatform().daemon().start(() -> speaker.listen(datagrams));
    System.out.println("ready");
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      System.out.println(speaker.answer(line.split(" ", -1), datagrams));
    }
  }

  private String answer(String[] words, DatagramSocket datagrams) throws IOException {
    return switch (words[0]) {
      case "datagrams" -> {
        InetSocketAddress to = new InetSocketAddress(words[1], UDP);
        for (int i = 0; i < Integer.parseInt(words[2]); i++) {
          byte[] text = (words[3] + "-" + i).getBytes(StandardCharsets.UTF_8);
          datagrams.send(new DatagramPacket(text, text.length, to));
        }
        yield "sent";
      }
      case "heard" -> String.join(" ", heard);
      case "echo" -> echo(words[1], Integer.parseInt(words[2]));
      case "connections" -> Long.toString(connections("tcp") + connections("tcp6"));
      case "variable" -> String.valueOf(System.getenv(words[1]));
      case "folder" -> System.getProperty("user.dir");
      case "user" -> System.getProperty("user.name");
      default -> "no command is called " + words[0];
    };
  }

  /** Those of a table of the kernel that neither listen (0A) nor have ended on both sides (06). */
  private static long connections(String table) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/net", table))) {
      return lines
          .skip(1)
          .map(line -> line.strip().split(" +", -1)[3])
          .filter(state -> !state.equals("0A") && !state.equals("06"))
          .count();
    }
  }

  private static String echo(String address, int bytes) {
    long start = System.nanoTime();
    try (Socket socket = new Socket(InetAddress.getByName(address), TCP)) {
      byte[] sent = new byte[bytes];
      for (int i = 0; i < bytes; i++) {
        sent[i] = (byte) ((i * 31) >> 7);
      }
      OutputStream output = socket.getOutputStream();
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  output.write(sent);
                } catch (IOException e) {
                  System.err.println("writing failed: " + e);
                }
              });
      byte[] back = socket.getInputStream().readNBytes(bytes);
      writer.join();
      return java.util.Arrays.equals(sent, back)
          ? Long.toString(System.nanoTime() - start)
          : "other bytes came back";
    } catch (IOException e) {
      return e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e.toString();
    }
  }

  private static void accept(ServerSocket server) {
    try {
      while (true) {
        Socket guest = server.accept();
        Thread.ofVirtual()
            .start(() -> {
              try (guest) {
                guest.getInputStream().transferTo(guest.getOutputStream());
              } catch (IOException e) {
                System.err.println("a connection broke: " + e);
              }
            });
      }
    } catch (IOException e) {
      System.err.println("no connections any more: " + e);
    }
  }

  private void listen(DatagramSocket datagrams) {
    DatagramPacket packet = new DatagramPacket(new byte[1_500], 1_500);
    try {
      while (true) {
        packet.setLength(1_500);
        datagrams.receive(packet);
        heard.add(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      System.err.println("no datagrams any more: " + e);
    }
  }
}
