package dev.capstan.cli.cases;

import dev.capstan.cli.terminal.Style;
import dev.capstan.cli.terminal.Times;
import dev.capstan.testkit.cases.Difference;
import java.util.List;

/** Cases for people: a line each, and below it what differs. */
public final class CaseText {
  private final boolean unicode;
  private final boolean colour;

  /** {@code unicode} says whether more than ASCII is shown. */
  public CaseText(boolean unicode, boolean colour) {
    this.unicode = unicode;
    this.colour = colour;
  }

  /** All cases of a file, the last without a line break at its end. */
  public String file(TestedFile file) {
    return String.join("\n", file.cases().stream().map(tested -> line(file, tested)).toList());
  }

  /** How many passed and failed. */
  public static String sum(List<TestedFile> files) {
    long all = files.stream().mapToLong(file -> file.cases().size()).sum();
    long failed = files.stream().mapToLong(TestedFile::failed).sum();
    long wrong = files.stream().filter(file -> file.rejection() != null).count();
    return (all - failed)
        + " passed"
        + (failed == 0 ? "" : ", " + failed + " failed")
        + (wrong == 0
            ? ""
            : ", " + wrong + (wrong == 1 ? " file is" : " files are") + " not valid");
  }

  private String line(TestedFile file, TestedFile.Tested tested) {
    boolean passed = tested.result().passed();
    String mark = passed ? (unicode ? "✔" : "ok") : (unicode ? "✘" : "FAILED");
    StringBuilder text = new StringBuilder();
    text.append((passed ? Style.GOOD : Style.BAD).paint(mark, colour))
        .append(' ')
        .append(file.name());
    if (!passed) {
      text.append(':').append(tested.test().line());
    }
    text.append(unicode ? " · " : ", ")
        .append(tested.test().name().replaceAll("\\p{Cntrl}", " "))
        .append(unicode ? " · " : ", ")
        .append(Times.exact(tested.result().took()));
    tested.result().differences().forEach(difference -> append(difference, text));
    return text.toString();
  }

  private static void append(Difference difference, StringBuilder text) {
    text.append("\n    ")
        .append(difference.what())
        .append("\n      expected  ")
        .append(difference.expected())
        .append("\n      actual    ")
        .append(difference.actual());
  }
}
