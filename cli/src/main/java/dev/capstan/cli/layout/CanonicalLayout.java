package dev.capstan.cli.layout;

import java.util.List;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Present;
import org.snakeyaml.engine.v2.api.lowlevel.Serialize;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Lays out a definition in YAML: two spaces of indentation, keys in the order of the specification,
 * scalars as their author wrote them, comments at what they stand at. Stateless.
 */
public final class CanonicalLayout {
  static final LoadSettings READING =
      LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
  private static final DumpSettings WRITING =
      DumpSettings.builder()
          .setIndent(2)
          .setIndicatorIndent(2)
          .setIndentWithIndicator(true)
          .setSplitLines(false)
          .setWidth(Integer.MAX_VALUE)
          .setAnchorGenerator(node -> node.getAnchor().orElseGet(() -> new Anchor("unnamed")))
          .build();

  private CanonicalLayout() {}

  /** The text in its layout; {@code text} is that of a valid definition. */
  public static String of(String text) {
    String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
    Node root = new Compose(READING).composeString(body).orElseThrow();
    Remarks remarks = new Remarks(body, root);
    KeyOrder.arrange(root);
    FlowStyles.settle(root);
    String written =
        new Present(WRITING).emitToString(new Serialize(WRITING).serializeOne(root).iterator());
    return remarks.addTo(FoldedText.wrap(FlowStyles.space(written)));
  }

  /** The comments of a text, in alphabetical order. */
  public static List<String> comments(String text) {
    return Remarks.comments(text).stream()
        .map(comment -> comment.getValue().strip())
        .sorted()
        .toList();
  }
}
