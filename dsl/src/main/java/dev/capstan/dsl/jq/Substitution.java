package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * {@code sub} and {@code gsub}. The replacement is evaluated for each match with the named groups
 * as its input; its n-th outputs together make the n-th result.
 */
final class Substitution extends Expr {
  private final Expr source;
  private final Expr replacement;
  private final Expr flags;
  private final boolean all;
  private final RegexMemory memory = new RegexMemory();

  Substitution(Expr source, Expr replacement, Expr flags, boolean all) {
    super(false);
    this.source = source;
    this.replacement = replacement;
    this.flags = flags;
    this.all = all;
  }

  @Override
  void each(Env env, @Nullable Path path, JsonNode in, Sink out) {
    Path nowhere = Path.nowhere(path);
    source.values(
        env,
        in,
        pattern ->
            flags.values(env, in, options -> substitute(env, nowhere, in, pattern, options, out)));
  }

  private void substitute(
      Env env, @Nullable Path path, JsonNode in, JsonNode pattern, JsonNode options, Sink out) {
    Run run = env.run;
    run.tick();
    String text = Types.text(in, "cannot be matched, as it is not a string");
    String regexText = Types.text(pattern, "cannot be matched, as it is not a string");
    Regex regex = memory.get(run, regexText, Regex.flags(options));
    List<StringBuilder> results = new ArrayList<>();
    int[] from = new int[1];
    regex.each(
        run,
        text,
        all,
        matcher -> {
          append(env, regex, matcher, text.substring(from[0], matcher.start()), results);
          from[0] = matcher.end();
        });
    if (from[0] == 0 && results.isEmpty()) {
      out.accept(path, in);
      return;
    }
    String rest = text.substring(from[0]);
    for (StringBuilder result : results) {
      run.allocate(rest.length());
      out.accept(path, TextNode.valueOf(result.append(rest).toString()));
    }
  }

  private void append(
      Env env, Regex regex, Matcher matcher, String gap, List<StringBuilder> results) {
    int[] index = new int[1];
    replacement.values(
        env,
        Matching.named(env.run, regex, matcher),
        inserted -> {
          if (!inserted.isTextual()) {
            throw Types.error(TextNode.valueOf(gap), inserted, "cannot be added");
          }
          env.run.allocate((long) gap.length() + inserted.textValue().length());
          if (index[0] == results.size()) {
            results.add(new StringBuilder());
          }
          results.get(index[0]++).append(gap).append(inserted.textValue());
        });
  }
}
