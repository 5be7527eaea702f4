package dev.capstan.cli.graph;

import dev.capstan.cli.terminal.XmlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws a graph as an SVG image that suits light and dark surroundings. One is for one graph. */
final class SvgWriter {
  private static final String STYLE =
      """
      <style>
      svg { --page: #ffffff; --ink: #1f2937; --faint: #6b7280; --fill: #eef2ff; --frame: #f8fafc; }
      @media (prefers-color-scheme: dark) {
        svg { --page: #111827; --ink: #e5e7eb; --faint: #9ca3af; --fill: #1e293b; --frame: #172033; }
      }
      text { font: 13px system-ui, sans-serif; fill: var(--ink); }
      .name { font-weight: 600; }
      .kind, .label { font-size: 12px; fill: var(--faint); }
      .label { paint-order: stroke; stroke: var(--page); stroke-width: 4px; }
      .title { paint-order: stroke; stroke: var(--frame); stroke-width: 4px; }
      .page { fill: var(--page); }
      .frame rect { fill: var(--frame); stroke: var(--faint); }
      .node rect, .node polygon { fill: var(--fill); stroke: var(--ink); }
      .dot rect { fill: var(--ink); }
      .edge { fill: none; stroke: var(--ink); }
      .dashed { stroke-dasharray: 5 4; }
      marker path { fill: var(--ink); }
      </style>
      <defs>
      <marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
      <path d="M0 0 L8 4 L0 8 Z"/>
      </marker>
      </defs>\
      """;

  private static final int LABEL_HEIGHT = 14;

  private final Graph graph;
  private final Element.Group all;
  private final Routes routes;
  private final List<String> frames = new ArrayList<>();
  private final List<String> titles = new ArrayList<>();
  private final List<String> nodes = new ArrayList<>();
  private final List<Box> labelled = new ArrayList<>();

  SvgWriter(Graph graph) {
    this.graph = graph;
    this.all = new Element.Group("all", graph.title(), graph.content());
    this.routes = new Routes(all, graph.edges());
  }

  String write() {
    Box page = routes.box(all.id());
    String title = XmlText.escaped(graph.title());
    draw(graph.content());
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">",
            page.width(),
            page.height(),
            page.width(),
            page.height()));
    lines.add("<title>" + title + "</title>");
    lines.add(STYLE);
    lines.add("<rect class=\"page\" width=\"100%\" height=\"100%\"/>");
    lines.add(text("kind", Layout.PADDING, Layout.PADDING + 6, "start", graph.title()));
    lines.addAll(frames);
    // Nodes cover lines and lines cover frames; text of frames and edges is above all.
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < graph.edges().size(); i++) {
      lines.add(line(i));
      label(i, labels);
    }
    lines.addAll(nodes);
    lines.addAll(titles);
    lines.addAll(labels);
    lines.add("</svg>");
    return String.join("\n", lines);
  }

  private String line(int index) {
    String kind = graph.edges().get(index).dashed() ? "edge dashed" : "edge";
    return String.format(
        Locale.ROOT,
        "<path class=\"%s\" d=\"%s\" marker-end=\"url(#arrow)\"/>",
        kind,
        routes.route(index).path());
  }

  private void label(int index, List<String> labels) {
    String label = graph.edges().get(index).label();
    if (!label.isEmpty()) {
      Routes.Route route = routes.route(index);
      String anchor = route.straight() ? "middle" : "start";
      labels.add(text("label", route.labelX(), free(route, label), anchor, label));
    }
  }

  /** The height of a label's baseline, above the labels that are already there. */
  private int free(Routes.Route route, String label) {
    int width = TextWidth.of(label);
    int x = route.straight() ? route.labelX() - width / 2 : route.labelX();
    Box box = new Box(x, route.labelY() - LABEL_HEIGHT, width, LABEL_HEIGHT);
    while (labelled.stream().anyMatch(box::overlaps)) {
      box = box.movedUp(1);
    }
    labelled.add(box);
    return box.bottom();
  }

  private void draw(Element element) {
    switch (element) {
      case Element.Node node -> nodes.add(drawn(node));
      case Element.Group group -> {
        Box box = routes.box(group.id());
        titles.add(
            text(
                "kind title",
                box.x() + Layout.PADDING,
                box.y() + Layout.LINE_HEIGHT,
                "start",
                group.title()));
        frames.add("<g class=\"frame\">" + Outline.svg(Shape.ROUND, box) + "</g>");
        draw(group.content());
      }
      case Element.Column column -> column.elements().forEach(this::draw);
      case Element.Beside beside -> {
        draw(beside.main());
        draw(beside.aside());
      }
      case Element.Row row -> row.elements().forEach(this::draw);
    }
  }

  private String drawn(Element.Node node) {
    Box box = routes.box(node.id());
    String kind = node.shape() == Shape.DOT ? "node dot" : "node";
    StringBuilder drawn = new StringBuilder("<g class=\"" + kind + "\">");
    drawn.append(Outline.svg(node.shape(), box));
    int baseline = box.centreY() - (node.lines().size() - 1) * Layout.LINE_HEIGHT / 2 + 5;
    for (int i = 0; i < node.lines().size(); i++) {
      drawn.append(
          text(
              i == 0 ? "name" : "kind",
              box.centreX(),
              baseline + i * Layout.LINE_HEIGHT,
              "middle",
              node.lines().get(i)));
    }
    return drawn.append("</g>").toString();
  }

  private static String text(String kind, int x, int y, String anchor, String text) {
    return String.format(
        Locale.ROOT,
        "<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>",
        kind,
        x,
        y,
        anchor,
        XmlText.escaped(text));
  }
}
