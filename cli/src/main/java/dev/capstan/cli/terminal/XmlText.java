package dev.capstan.cli.terminal;

/** Text for the inside of XML elements and attributes. Stateless. */
public final class XmlText {
  private XmlText() {}

  /** With what means something in XML written as a reference, and without what XML can't hold. */
  public static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .filter(XmlText::isAllowed)
        .forEach(character -> {
          switch (character) {
            case '&' -> escaped.append("&amp;");
            case '<' -> escaped.append("&lt;");
            case '>' -> escaped.append("&gt;");
            case '"' -> escaped.append("&quot;");
            case '\'' -> escaped.append("&#39;");
            default -> escaped.appendCodePoint(character);
          }
        });
    return escaped.toString();
  }

  /** XML has no way to write the others (https://www.w3.org/TR/xml/#charsets). */
  private static boolean isAllowed(int character) {
    return character == '\t'
        || character == '\n'
        || character == '\r'
        || (character >= 0x20 && character <= 0xD7FF)
        || (character >= 0xE000 && character <= 0xFFFD)
        || character >= 0x10000;
  }
}
