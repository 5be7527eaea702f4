package dev.capstan.cli.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskList;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** The specification's own examples, and those of the engine, drawn. */
class GraphExamplesTest {
  private static final Path EXAMPLES = Path.of("../dsl/src/test/resources/conformance/examples");
  private static final Path OWN_EXAMPLES = Path.of("../examples");
  private static final Pattern NODE = Pattern.compile("^ +(n\\d+)[\\[({>].*");
  private static final Pattern EDGE =
      Pattern.compile("^ +(n\\d+) (?:-->|-\\.->)(?:\\|\"[^\"]*\"\\|)? (n\\d+)$");

  static List<Path> examples() throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      files.filter(Files::isRegularFile).sorted().forEach(all::add);
    }
    assertThat(all).hasSizeGreaterThan(60);
    try (Stream<Path> files = Files.list(OWN_EXAMPLES)) {
      files.filter(GraphExamplesTest::isDefinition).sorted().forEach(all::add);
    }
    assertThat(all)
        .extracting(path -> path.getFileName().toString())
        .contains("approval.yaml", "saga.yaml", "parallel.yaml");
    return all;
  }

  private static boolean isDefinition(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".yaml") && !name.endsWith(".test.yaml");
  }

  private static Definition load(Path file) throws IOException {
    return Drawn.load(Files.readString(file), file.toString());
  }

  private static List<String> names(TaskList list) {
    List<String> names = new ArrayList<>();
    for (Task task : list.tasks()) {
      names.add(task.name());
      task.writtenLists().forEach(inner -> names.addAll(names(inner)));
    }
    return names;
  }

  @ParameterizedTest
  @MethodSource("examples")
  void mermaidHasEveryTaskAndNoEdgeToNothing(Path file) throws IOException {
    Definition definition = load(file);
    String text = Diagram.of(definition).mermaid();
    Set<String> nodes = new LinkedHashSet<>();
    List<String> ends = new ArrayList<>();
    for (String line : text.lines().skip(1).toList()) {
      Matcher edge = EDGE.matcher(line);
      Matcher node = NODE.matcher(line);
      if (edge.matches()) {
        ends.add(edge.group(1));
        ends.add(edge.group(2));
      } else if (node.matches()) {
        assertThat(nodes.add(node.group(1))).as(line).isTrue();
      } else {
        assertThat(line).matches(" +(subgraph g\\d+\\[\"[^\"]*\"]|end)");
      }
    }

    assertThat(text).startsWith("flowchart TD\n").contains(names(definition.tasks()));
    assertThat(ends).isNotEmpty();
    assertThat(nodes).containsAll(ends);
  }

  @ParameterizedTest
  @MethodSource("examples")
  void svgIsWellFormedAndHasEveryTask(Path file) throws Exception {
    Definition definition = load(file);
    String svg = Diagram.of(definition).svg();
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    Document document = factory.newDocumentBuilder().parse(new InputSource(new StringReader(svg)));

    assertThat(document.getDocumentElement().getTagName()).isEqualTo("svg");
    assertThat(document.getElementsByTagName("script").getLength()).isZero();
    assertThat(document.getDocumentElement().getTextContent()).contains(names(definition.tasks()));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void noTwoNodesOfAnImageOverlap(Path file) throws IOException {
    Graph graph = FlowGraph.of(load(file));
    Routes routes = new Routes(new Element.Group("all", "", graph.content()), graph.edges());
    List<Box> boxes =
        graph.edges().stream()
            .flatMap(edge -> Stream.of(edge.from(), edge.to()))
            .distinct()
            .map(routes::box)
            .toList();
    for (Box one : boxes) {
      assertThat(boxes).filteredOn(other -> !other.equals(one)).noneMatch(one::overlaps);
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theSameDefinitionGivesTheSameText(Path file) throws IOException {
    assertThat(Diagram.of(load(file)).mermaid()).isEqualTo(Diagram.of(load(file)).mermaid());
    assertThat(Diagram.of(load(file)).svg()).isEqualTo(Diagram.of(load(file)).svg());
  }
}
