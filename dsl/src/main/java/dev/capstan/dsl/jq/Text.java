package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A string with interpolations; with several outputs the last one varies slowest. */
final class Text extends Expr {
  /** Either characters or code. */
  record Piece(String text, @Nullable Expr code) {}

  private final List<Piece> pieces;
  private final Builtin format;

  Text(List<Piece> pieces, Builtin format) {
    super(pieces.stream().allMatch(piece -> piece.code == null || piece.code.plain));
    this.pieces = pieces;
    this.format = format;
  }

  @Override
  @Nullable JsonNode eval(Env env, JsonNode in) {
    env.run.tick();
    StringBuilder out = new StringBuilder();
    for (Piece piece : pieces) {
      if (piece.code == null) {
        out.append(piece.text);
      } else {
        JsonNode value = piece.code.eval(env, in);
        if (value == null) {
          return null;
        }
        out.append(formatted(env.run, value));
      }
    }
    env.run.allocate(out.length());
    return TextNode.valueOf(out.toString());
  }

  @Override
  void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
    if (plain) {
      JsonNode value = eval(env, in);
      if (value != null) {
        out.accept(Path.nowhere(path), value);
      }
    } else {
      combine(env, Path.nowhere(path), in, pieces.size() - 1, "", out);
    }
  }

  private void combine(
      Env env, @Nullable Path path, JsonNode in, int index, String tail, Sink out) {
    env.run.tick();
    env.run.allocate(tail.length());
    if (index < 0) {
      out.accept(path, TextNode.valueOf(tail));
      return;
    }
    Piece piece = pieces.get(index);
    if (piece.code == null) {
      combine(env, path, in, index - 1, piece.text + tail, out);
    } else {
      piece.code.values(
          env,
          in,
          value -> combine(env, path, in, index - 1, formatted(env.run, value) + tail, out));
    }
  }

  private String formatted(Run run, JsonNode value) {
    JsonNode text = format.apply(run, value, new JsonNode[0]);
    return text == null ? "" : text.textValue();
  }
}
