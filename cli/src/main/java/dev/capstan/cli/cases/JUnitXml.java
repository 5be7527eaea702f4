package dev.capstan.cli.cases;

import dev.capstan.cli.terminal.XmlText;
import dev.capstan.testkit.cases.Difference;
import dev.capstan.testkit.cases.TestFileException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Cases as the XML that build servers read: a suite for each file, times as spent here. */
public final class JUnitXml {
  private final StringBuilder out = new StringBuilder();

  private JUnitXml() {}

  /** The document, without a line break at its end. */
  public static String of(List<TestedFile> files) {
    JUnitXml xml = new JUnitXml();
    xml.out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    files.forEach(xml::suite);
    return xml.out.append("</testsuites>").toString();
  }

  private void suite(TestedFile file) {
    TestFileException rejection = file.rejection();
    Duration spent =
        file.cases().stream().map(TestedFile.Tested::spent).reduce(Duration.ZERO, Duration::plus);
    out.append("  <testsuite");
    attribute("name", file.name());
    attribute("tests", Integer.toString(rejection == null ? file.cases().size() : 1));
    attribute("failures", Long.toString(file.failed()));
    attribute("errors", rejection == null ? "0" : "1");
    attribute("time", seconds(spent));
    out.append(">\n");
    file.cases().forEach(tested -> test(file.name(), tested));
    if (rejection != null) {
      begin(file.name(), "the file is valid", Duration.ZERO);
      body("error", rejection.file() + " is not valid", rejection.rendered());
    }
    out.append("  </testsuite>\n");
  }

  private void test(String file, TestedFile.Tested tested) {
    begin(file, tested.test().name(), tested.spent());
    if (tested.result().passed()) {
      out.insert(out.length() - 2, '/');
      return;
    }
    List<Difference> differences = tested.result().differences();
    body(
        "failure",
        differences.getFirst().text(),
        differences.stream().map(Difference::text).collect(Collectors.joining("\n")));
  }

  private void begin(String file, String name, Duration spent) {
    out.append("    <testcase");
    attribute("classname", file);
    attribute("name", name);
    attribute("time", seconds(spent));
    out.append(">\n");
  }

  private void body(String element, String message, String text) {
    out.append("      <").append(element);
    attribute("message", message);
    out.append('>')
        .append(XmlText.escaped(text))
        .append("</")
        .append(element)
        .append(">\n    </testcase>\n");
  }

  private void attribute(String name, String value) {
    out.append(' ').append(name).append("=\"").append(XmlText.escaped(value)).append('"');
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.3f", time.toNanos() / 1e9);
  }
}
