package dev.capstan.cli.graph;

/**
 * Text for the inside of Mermaid's quotes. All but plain characters are written as numbers: besides
 * quotes and brackets, Mermaid gives a meaning to colons, dollars, percents, semicolons, and to
 * what Markdown takes for lists and emphasis.
 */
final class MermaidText {
  private static final String PLAIN = " ,/=?·";

  private MermaidText() {}

  static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    int[] characters = text.codePoints().toArray();
    for (int i = 0; i < characters.length; i++) {
      if (isPlain(characters, i)) {
        escaped.appendCodePoint(characters[i]);
      } else {
        escaped.append('#').append(characters[i]).append(';');
      }
    }
    return escaped.toString();
  }

  private static boolean isPlain(int[] characters, int i) {
    int character = characters[i];
    return switch (character) {
      // Inside of a word they mean nothing; elsewhere they begin a list, a rule or emphasis.
      case '.', '-', '_' ->
          i > 0
              && i + 1 < characters.length
              && Character.isLetterOrDigit(characters[i - 1])
              && Character.isLetterOrDigit(characters[i + 1]);
      default -> Character.isLetterOrDigit(character) || PLAIN.indexOf(character) >= 0;
    };
  }
}
