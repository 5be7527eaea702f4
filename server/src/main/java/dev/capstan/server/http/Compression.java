package dev.capstan.server.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Compresses answers for clients that ask for it (RFC 9110, 12.5.3). */
final class Compression {
  /** What fits into one packet gets there no sooner when it is smaller. */
  private static final int WORTH_IT = 1_400;

  private Compression() {}

  static boolean pays(int length) {
    return length >= WORTH_IT;
  }

  /** Whether a client takes gzip, by its Accept-Encoding. */
  static boolean isWanted(@Nullable String acceptEncoding) {
    if (acceptEncoding == null) {
      return false;
    }
    boolean any = false;
    for (String part : acceptEncoding.toLowerCase(Locale.ROOT).split(",")) {
      String[] words = part.split(";");
      String coding = words[0].strip();
      boolean wanted = words.length < 2 || !words[1].strip().matches("q=0(\\.0*)?");
      if (coding.equals("gzip") || coding.equals("x-gzip")) {
        return wanted;
      }
      any |= coding.equals("*") && wanted;
    }
    return any;
  }

  static byte[] gzip(byte[] body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length / 3);
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException("memory takes all bytes", e);
    }
    return bytes.toByteArray();
  }
}
