package dev.capstan.dsl.jq;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The built-in functions that are best said in jq. Parsed once; a program compiles those it uses.
 */
final class Prelude {
  private static final String TEXT =
      """
      def values: select(. != null);
      def nulls: select(. == null);
      def booleans: select(type == "boolean");
      def numbers: select(type == "number");
      def strings: select(type == "string");
      def arrays: select(type == "array");
      def objects: select(type == "object");
      def iterables: select(type | . == "array" or . == "object");
      def scalars: select(type | . != "array" and . != "object");
      def isfinite: type == "number" and (isinfinite | not);
      def finites: select(isfinite);
      def normals: select(isnormal);
      def isvalid(f): try (f | true) catch false;

      def first: .[0];
      def last: .[-1];
      def nth($n): .[$n];
      def nth($n; f): if $n < 0 then error("Out of bounds negative array index") else first(skip($n; f)) end;
      def while(cond; update): def _while: if cond then ., (update | _while) else empty end; _while;
      def until(cond; update): def _until: if cond then . else (update | _until) end; _until;
      def combinations:
        if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $rest | [$x] + $rest end;
      def combinations($n): . as $dot | [range($n) | $dot] | combinations;
      def in(container): . as $key | container | has($key);

      def paths: path(..) | select(length > 0);
      def paths(node_filter): path(.. | select(node_filter)) | select(length > 0);
      def leaf_paths: paths(scalars);
      def del(f): delpaths([path(f)]);
      def with_entries(f): to_entries | map(f) | from_entries;
      def pick(pathexps): . as $top | reduce path(pathexps) as $p (null; setpath($p; $top | getpath($p)));
      def tostream:
        path(def r: (.[]? | r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
      def fromstream(events): {x: null, e: false} as $init
        | foreach events as $i ($init;
            if .e then $init else . end
            | if $i | length == 2
              then setpath(["e"]; $i[0] | length == 0) | setpath(["x"] + $i[0]; $i[1])
              else setpath(["e"]; $i[0] | length == 1) end;
            if .e then .x else empty end);
      def truncate_stream(stream):
        . as $n | null | stream | . as $input
        | if (.[0] | length) > $n then setpath([0]; $input[0][$n:]) else empty end;

      def todate: strftime("%Y-%m-%dT%H:%M:%SZ");
      def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
      def todateiso8601: todate;
      def fromdate: fromdateiso8601;
      def date: todate;
      def dateadd(unit; $n): . + $n;
      def datesub(unit; $n): . - $n;

      def ascii: [.] | implode;
      def debug(msgs): (msgs | debug | empty), .;

      def INDEX(stream; idx_expr): reduce stream as $row ({}; .[$row | idx_expr | tostring] |= $row);
      def INDEX(idx_expr): INDEX(.[]; idx_expr);
      def IN(s): any(s == .; .);
      def IN(src; s): any(src == s; .);
      def JOIN($idx; idx_expr): [.[] | [., $idx[idx_expr]]];
      def JOIN($idx; stream; idx_expr): stream | [., $idx[idx_expr]];
      def JOIN($idx; stream; idx_expr; join_expr): stream | [., $idx[idx_expr]] | join_expr;
      """;

  /** By name and number of parameters. */
  static final Map<String, Ast.Function> ALL = all();

  private Prelude() {}

  private static Map<String, Ast.Function> all() {
    try {
      Map<String, Ast.Function> all = new TreeMap<>();
      for (Ast.Function function : Parser.definitions(TEXT)) {
        all.put(function.name() + "/" + function.parameters().size(), function);
      }
      return Collections.unmodifiableMap(all);
    } catch (JqSyntaxException e) {
      throw new IllegalStateException("the prelude is broken", e);
    }
  }
}
