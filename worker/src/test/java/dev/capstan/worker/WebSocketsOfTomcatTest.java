package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Delivery;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DSL reference, AsyncAPI Call, over the WebSockets of Tomcat, whose protocol is not ours. */
class WebSocketsOfTomcatTest {

  /** Characters of a message that the server takes. */
  private static final int MOST = 100_000;

  @TempDir Path directory;
  @TempDir Path work;

  private final BlockingQueue<Session> opened = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private TomcatSite server;
  private Cluster cluster;

  @BeforeEach
  void start() throws Exception {
    server = new TomcatSite(directory, this::addRoom);
    Files.writeString(
        directory.resolve("asyncapi.yaml"),
        """
        asyncapi: 3.0.0
        info: { title: Rooms, version: 1.0.0 }
        servers: { main: { host: '%s', pathname: /chat, protocol: ws } }
        channels: { room: { address: '/rooms/{name}', parameters: { name: { default: blue } } } }
        operations: { talk: { action: send, channel: { $ref: '#/channels/room' } } }
        """
            .formatted(server.authority()));
    cluster = Cluster.start(work, new FakeCoordinator(), options -> options);
  }

  @AfterEach
  void stop() {
    cluster.close();
    server.close();
  }

  private void addRoom(Context context) {
    // Filters, of which theirs is one, are asked only where a servlet could answer.
    Tomcat.addServlet(context, "nothing", new HttpServlet() {});
    context.addServletMapping("/", "nothing");
    context.addServletContainerInitializer(new WsSci(), Set.of());
    context.addServletContainerInitializer(
        (_, servlets) -> {
          Object container = servlets.getAttribute(ServerContainer.class.getName());
          try {
            ((ServerContainer) container).addEndpoint(room());
          } catch (DeploymentException e) {
            throw new IllegalStateException(e);
          }
        },
        Set.of());
  }

  private ServerEndpointConfig room() {
    return ServerEndpointConfig.Builder.create(Room.class, "/chat/rooms/blue")
        .configurator(
            new ServerEndpointConfig.Configurator() {
              @Override
              public <T> T getEndpointInstance(Class<T> type) {
                return type.cast(new Room());
              }
            })
        .build();
  }

  private final class Room extends Endpoint {

    @Override
    public void onOpen(Session session, EndpointConfig config) {
      session.setMaxTextMessageBufferSize(MOST);
      session.addMessageHandler(String.class, text -> heard.add(text));
      session.addMessageHandler(PongMessage.class, _ -> heard.add("pong"));
      opened.add(session);
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
      heard.add("closed with " + reason.getCloseCode().getCode());
    }
  }

  private String arguments(String more) {
    return "{\"document\":{\"endpoint\":{\"uri\":\"%s\"}},\"operation\":\"talk\",%s}"
        .formatted(directory.resolve("asyncapi.yaml").toUri(), more);
  }

  private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(60, TimeUnit.SECONDS);
    if (next == null) {
      throw new IllegalStateException("nothing came");
    }
    return next;
  }

  @Test
  void aMessageIsPublished() throws Exception {
    String text = "ä".repeat(MOST - 2);

    JsonNode output = cluster.output("call:asyncapi", publishing(text));

    assertThat(output.path("payload").textValue()).isEqualTo(text);
    assertThat(next(heard)).isEqualTo("\"" + text + "\"");
    assertThat(next(heard)).isEqualTo("closed with 1000");
  }

  @Test
  void aMessageThatTheServerDoesNotTakeIsACommunicationError() throws Exception {
    Fault fault = cluster.fault("call:asyncapi", publishing("x".repeat(MOST)));

    assertThat(fault.getType()).endsWith("/errors/communication");
    assertThat(next(heard)).isEqualTo("closed with 1009");
  }

  private String publishing(String text) {
    return arguments("\"message\":{\"payload\":\"" + text + "\"}");
  }

  @Test
  void messagesComeWholeAndInTheirOrder() throws Exception {
    Dispatch dispatch = subscribe();
    Session session = next(opened);
    session.getBasicRemote().sendText("{\"n\":", false);
    session.getBasicRemote().sendPing(ByteBuffer.wrap(new byte[] {1}));
    session.getBasicRemote().sendText("1}", true);
    session.getBasicRemote().sendBinary(ByteBuffer.wrap(new byte[] {(byte) 0xFF}));
    assertThat(next(heard)).isEqualTo("pong");
    session.close(new CloseReason(CloseReason.CloseCodes.GOING_AWAY, "the room is closed"));

    FakeCoordinator.Stream stream = cluster.coordinator().session(0);
    assertThat(text(stream.deliveries(1).getFirst()))
        .isEqualTo("{\"payload\":{\"n\":1},\"headers\":{}}");
    stream.confirm(dispatch.getToken(), 1);
    assertThat(text(stream.deliveries(2).getLast()))
        .isEqualTo("{\"payload\":\"/w==\",\"headers\":{}}");
    stream.confirm(dispatch.getToken(), 2);
    Fault fault = cluster.coordinator().report(dispatch.getToken()).getFault();
    assertThat(fault.getDetail()).contains("1001, the room is closed");
  }

  @Test
  void aSubscriptionThatIsCancelledClosesItsConnection() throws Exception {
    Dispatch dispatch = subscribe();
    Session session = next(opened);
    session.getBasicRemote().sendText("{\"n\":1}");
    cluster.coordinator().session(0).deliveries(1);

    cluster.coordinator().session(0).cancel(dispatch.getToken());

    assertThat(next(heard)).isEqualTo("closed with 1000");
  }

  private Dispatch subscribe() {
    Dispatch dispatch =
        cluster.coordinator().dispatch("call:asyncapi", arguments("\"subscription\":{}"));
    cluster.coordinator().session(0).send(dispatch);
    return dispatch;
  }

  private static String text(Delivery delivery) {
    return delivery.getMessage().toStringUtf8();
  }
}
