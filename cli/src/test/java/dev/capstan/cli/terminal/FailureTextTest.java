package dev.capstan.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanException;
import dev.capstan.client.Problem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureTextTest {
  @ParameterizedTest
  @CsvSource({
    "409, CAP-2006, 4",
    "422, CAP-2007, 4",
    "422, CAP-2014, 2",
    "409, CAP-2015, 4",
    "422, CAP-2016, 1",
    "422, CAP-2017, 1",
    "409,, 4"
  })
  void theExitCodeTellsDataThatIsWrongFromAStateThatDoesNotFit(
      int status, @Nullable String code, int exitCode) {
    PrintStream nowhere =
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    Console console =
        new Console(
            new ByteArrayInputStream(new byte[0]),
            nowhere,
            nowhere,
            Map.of(),
            Path.of("."),
            false,
            false);
    Problem problem =
        new Problem(null, null, status, "no", null, code, null, false, null, null, List.of(), null);

    assertThat(new FailureText(console, false).report(CapstanException.of(problem)))
        .isEqualTo(exitCode);
  }
}
