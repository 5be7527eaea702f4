package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** {@code @base32} and {@code @base32d}: RFC 4648, with padding. */
final class Base32 {
  private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  private Base32() {}

  static JsonNode encode(Run run, String text) {
    run.allocate(5L * text.length());
    StringBuilder out = new StringBuilder();
    int buffer = 0;
    int bits = 0;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      buffer = (buffer << 8 | (b & 0xff)) & 0xffff;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        out.append(ALPHABET.charAt(buffer >> bits & 31));
      }
    }
    if (bits > 0) {
      out.append(ALPHABET.charAt(buffer << (5 - bits) & 31));
    }
    while (out.length() % 8 != 0) {
      out.append('=');
    }
    return TextNode.valueOf(out.toString());
  }

  static JsonNode decode(Run run, JsonNode in, String text) {
    run.allocate(text.length());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == '=') {
      end--;
    }
    int buffer = 0;
    int bits = 0;
    for (int i = 0; i < end; i++) {
      int digit = ALPHABET.indexOf(text.charAt(i));
      if (digit < 0) {
        throw Formats.notDecodable(in, "base32");
      }
      buffer = (buffer << 5 | digit) & 0xffff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        out.write(buffer >> bits & 0xff);
      }
    }
    return TextNode.valueOf(out.toString(StandardCharsets.UTF_8));
  }
}
