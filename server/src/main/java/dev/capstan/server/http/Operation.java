package dev.capstan.server.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the API: the only place that says what it is called, where it is, what it takes
 * and gives, and which permission it needs. The router, the OpenAPI document and the checks of
 * parameters are made from it.
 *
 * @param path with parameters as {@code {name}}
 * @param permission what the sender must be allowed; {@code none} when anybody may
 * @param watches whether it may stay open for long, so that it counts as a watcher
 * @param alone whether this coordinator answers with what it knows where no leader can be had
 * @param local whether this coordinator answers although another one leads, and however many
 *     requests it works on
 * @param reach which partition it is about
 */
record Operation(
    String id,
    String method,
    String path,
    String tag,
    String summary,
    String permission,
    List<Parameter> parameters,
    @Nullable RequestBody body,
    List<Reply> replies,
    boolean watches,
    boolean alone,
    boolean local,
    Reach reach,
    Handler handler) {

  /** Carries out a request on its own virtual thread; may block. */
  interface Handler {
    Answer handle(Call call) throws InterruptedException;
  }

  /** What may be sent: one of the media types, as the record or, without one, as it is. */
  record RequestBody(
      List<String> mediaTypes, @Nullable Class<? extends Record> shape, boolean required) {}

  /** What comes back when all is well; without a media type there is no body. */
  record Reply(
      int status, String description, String mediaType, @Nullable Class<? extends Record> shape) {}

  /** The words of the path, such as {@code v1}, {@code {id}}. */
  List<String> segments() {
    return Router.segments(path);
  }

  static Builder get(String path, String id) {
    return new Builder("GET", path, id);
  }

  static Builder post(String path, String id) {
    return new Builder("POST", path, id);
  }

  static Builder delete(String path, String id) {
    return new Builder("DELETE", path, id);
  }

  /** Collects the parts. */
  static final class Builder {
    private final String method;
    private final String path;
    private final String id;
    private String tag = "";
    private String summary = "";
    private String permission = "";
    private final List<Parameter> parameters = new ArrayList<>();
    private @Nullable RequestBody body;
    private final List<Reply> replies = new ArrayList<>();
    private boolean watches;
    private boolean alone;
    private boolean local;
    private Reach reach = Reach.CLUSTER;

    private Builder(String method, String path, String id) {
      this.method = method;
      this.path = path;
      this.id = id;
    }

    Builder tag(String tag, String permission) {
      this.tag = tag;
      this.permission = permission;
      return this;
    }

    Builder summary(String summary) {
      this.summary = summary;
      return this;
    }

    Builder with(Parameter parameter) {
      parameters.add(parameter);
      return this;
    }

    /** {@code limit} and {@code cursor}, as every list has them. */
    Builder paged() {
      return with(Parameter.query(
              "limit", Parameter.Kind.NUMBER, "How many at most, 1 to 1000; 50 without it"))
          .with(Parameter.query("cursor", Parameter.Kind.TEXT, "\"next\" of the page before"));
    }

    Builder takes(Class<? extends Record> shape) {
      return takes(new RequestBody(List.of("application/json"), shape, true));
    }

    Builder mayTake(Class<? extends Record> shape) {
      return takes(new RequestBody(List.of("application/json"), shape, false));
    }

    Builder takes(RequestBody body) {
      this.body = body;
      return this;
    }

    Builder gives(int status, String description, Class<? extends Record> shape) {
      return gives(new Reply(status, description, "application/json", shape));
    }

    /** An answer without a body. */
    Builder gives(int status, String description) {
      return gives(new Reply(status, description, "", null));
    }

    Builder gives(Reply reply) {
      replies.add(reply);
      return this;
    }

    Builder watches() {
      this.watches = true;
      return this;
    }

    /** Answered by the coordinator that is asked if no leader can be had. */
    Builder alone() {
      this.alone = true;
      return this;
    }

    /** Answered by the coordinator that is asked, always. */
    Builder local() {
      this.local = true;
      return this;
    }

    /** Which partition it is about; without this the first. */
    Builder reach(Reach about) {
      this.reach = about;
      return this;
    }

    Operation handledBy(Handler handler) {
      return new Operation(
          id,
          method,
          path,
          tag,
          summary,
          permission,
          List.copyOf(parameters),
          body,
          List.copyOf(replies),
          watches,
          alone,
          local,
          reach,
          handler);
    }
  }
}
