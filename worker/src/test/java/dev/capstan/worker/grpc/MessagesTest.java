package dev.capstan.worker.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The corners of the mapping of messages that the service of the tests has not. */
class MessagesTest {

  private final Messages messages = new Messages(TypeRegistry.getEmptyTypeRegistry());

  @Test
  void whatIsRequiredMustBeThere() {
    Descriptor range =
        Objects.requireNonNull(GrpcSite.protos().get("shop/common/ranges.proto"))
            .findMessageTypeByName("Range");

    assertThatThrownBy(() -> messages.read(Json.object(), range, "arguments"))
        .isInstanceOfSatisfying(
            TaskFault.class,
            e -> {
              assertThat(e.fault().type()).endsWith("/validation");
              assertThat(e.fault().detail())
                  .isEqualTo(
                      "'arguments' is no shop.common.Range: Message missing required fields: from.");
            });
  }

  @Test
  void whatTheProtoDoesNotDescribeHasNoJson() throws Exception {
    Any unknown =
        Any.newBuilder()
            .setTypeUrl("type.googleapis.com/elsewhere.Thing")
            .setValue(ByteString.copyFromUtf8("x"))
            .build();
    DynamicMessage order =
        GrpcSite.set(
                GrpcSite.message("Order"),
                "attachment",
                DynamicMessage.parseFrom(
                    GrpcSite.descriptor("Order").findFieldByName("attachment").getMessageType(),
                    unknown.toByteString()))
            .build();

    assertThatThrownBy(() -> messages.write(order))
        .isInstanceOfSatisfying(
            TaskFault.class,
            e -> {
              assertThat(e.fault().type()).endsWith("/communication");
              assertThat(e.fault().detail()).contains("elsewhere.Thing");
            });
  }
}
