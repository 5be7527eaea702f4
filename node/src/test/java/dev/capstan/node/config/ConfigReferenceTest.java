package dev.capstan.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.dsl.source.SourceDocument;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class ConfigReferenceTest {
  private static final Path CHECKED_IN = Path.of("../docs/config.md");

  /** With {@code -Dcapstan.regenerate=true} the file is written instead. */
  @Test
  void theReferenceIsThatOfTheTable() throws IOException {
    if (Boolean.getBoolean("capstan.regenerate")) {
      Files.writeString(CHECKED_IN, ConfigReference.markdown());
    }
    assertThat(Files.readString(CHECKED_IN)).isEqualTo(ConfigReference.markdown());
  }

  @Test
  void theExampleOfTheReferenceIsAcceptedWithoutAWarning() throws ConfigRefused {
    String example =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
            .matcher(ConfigReference.markdown())
            .results()
            .findFirst()
            .orElseThrow()
            .group(1);

    assertThat(ConfigWarnings.warnings(ConfigFile.parse(example, "c.yaml"))).isEmpty();
  }

  @Test
  void everyKeyIsInTheTable() {
    assertThat(
            Arrays.stream(Keys.class.getDeclaredFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()))
                .filter(field -> field.getType() == Key.class)
                .map(ConfigReferenceTest::valueOf))
        .containsExactlyInAnyOrderElementsOf(Keys.ALL);
  }

  @Test
  void everyTimeThatIsADefaultIsAllowedByItsOwnKey() throws Exception {
    SourceDocument nothing = SourceReader.read("{}", "x", SourceLimits.DEFAULT);
    for (Key<?> key : Keys.ALL) {
      if (key.preset().orElse(null) instanceof Duration time) {
        Faults faults = new Faults(nothing);
        assertThat(
                key.form()
                    .reader()
                    .read(TextNode.valueOf(key.shown()), new Spot(faults, "", key.name())))
            .as(key.path())
            .hasValueSatisfying(read -> assertThat((Object) read).isEqualTo(time));
        assertThat(faults.all()).isEmpty();
      }
    }
  }

  private static Object valueOf(Field field) {
    try {
      return field.get(null);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
