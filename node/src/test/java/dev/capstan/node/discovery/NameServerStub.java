package dev.capstan.node.discovery;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A small name server (RFC 1035) on a UDP port of loopback that answers what it is told to. */
public final class NameServerStub implements AutoCloseable {
  private static final int A = 1;
  private static final int AAAA = 28;
  private static final int SRV = 33;
  private static final int NO_ERROR = 0;
  private static final int SERVER_FAILURE = 2;
  private static final int NO_SUCH_NAME = 3;

  /** One SRV record. */
  public record Service(int priority, int weight, int port, String target) {}

  private record Answer(int type, ByteBuffer data) {}

  private final DatagramSocket socket;
  private final Map<String, List<Answer>> records = new ConcurrentHashMap<>();
  private final Map<String, Set<Integer>> questions = new ConcurrentHashMap<>();
  private volatile boolean broken;

  /** One that listens from now on, and knows nothing yet. */
  public NameServerStub() throws IOException {
    socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofPlatform().daemon().name("name-server").start(this::serve);
  }

  NameServer client() {
    return NameServer.at(url());
  }

  /** Where it is, as JNDI wants it. */
  public String url() {
    return "dns://127.0.0.1:" + socket.getLocalPort();
  }

  /** From now on the name has these addresses and no others. */
  public void addresses(String name, String... addresses) {
    records.put(
        name,
        List.of(addresses).stream()
            .map(InetAddress::ofLiteral)
            .map(InetAddress::getAddress)
            .map(data -> new Answer(data.length == 4 ? A : AAAA, ByteBuffer.wrap(data)))
            .toList());
  }

  /** From now on the name has these services and no others. */
  public void services(String name, Service... services) {
    records.put(name, List.of(services).stream().map(NameServerStub::answer).toList());
  }

  /** From now on the name does not exist. */
  void forget(String name) {
    records.remove(name);
  }

  /** How many questions of this name have come; one that is sent again is the same. */
  public int asked(String name) {
    return questions.getOrDefault(name, Set.of()).size();
  }

  /** Whether every question is answered with a failure of the server. */
  void breakDown(boolean down) {
    broken = down;
  }

  @Override
  public void close() {
    socket.close();
  }

  private static Answer answer(Service service) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeShort(service.priority());
      out.writeShort(service.weight());
      out.writeShort(service.port());
      for (String label : service.target().split("\\.")) {
        out.writeByte(label.length());
        out.writeBytes(label);
      }
      out.writeByte(0);
      return new Answer(SRV, ByteBuffer.wrap(bytes.toByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve() {
    byte[] buffer = new byte[1_500];
    while (!socket.isClosed()) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
        byte[] reply = reply(ByteBuffer.wrap(buffer, 0, packet.getLength()).slice());
        socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private byte[] reply(ByteBuffer question) throws IOException {
    int id = question.getShort(0);
    question.position(12);
    StringBuilder name = new StringBuilder();
    for (int length = question.get(); length > 0; length = question.get()) {
      byte[] label = new byte[length];
      question.get(label);
      name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
    }
    int type = question.getShort();
    question.getShort();
    String asked = name.toString().toLowerCase(Locale.ROOT);
    questions.computeIfAbsent(asked, _ -> ConcurrentHashMap.newKeySet()).add(id);
    List<Answer> all = records.get(asked);
    int result = broken ? SERVER_FAILURE : all == null ? NO_SUCH_NAME : NO_ERROR;
    List<Answer> answers =
        result != NO_ERROR || all == null
            ? List.of()
            : all.stream().filter(answer -> answer.type() == type).toList();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(id);
    out.writeShort(0x8580 | result);
    out.writeShort(1);
    out.writeShort(answers.size());
    out.writeInt(0);
    out.write(question.array(), question.arrayOffset() + 12, question.position() - 12);
    for (Answer answer : answers) {
      out.writeShort(0xC00C);
      out.writeShort(answer.type());
      out.writeShort(1);
      out.writeInt(1);
      out.writeShort(answer.data().capacity());
      out.write(answer.data().array());
    }
    return bytes.toByteArray();
  }
}
