package dev.capstan.dsl.jq;

/**
 * Compiles programs of the jq 1.7 language. Stateless and safe for use by many threads.
 *
 * <p>What touches the world outside of the expression is left out on purpose: modules, {@code halt}
 * and {@code input_line_number} do not compile, {@code input} fails, {@code env} and {@code $ENV}
 * are empty, {@code debug} and {@code stderr} pass their input on, local time is UTC.
 */
public final class Jq {
  private Jq() {}

  /**
   * Compiles a program.
   *
   * @param text the program; at most 64 Ki characters and moderately nested
   * @return a program that can be evaluated any number of times by any number of threads
   * @throws JqSyntaxException if the text is no jq program, or calls an unknown function
   */
  public static JqProgram compile(String text) throws JqSyntaxException {
    Ast ast = Parser.parse(text);
    Compiler compiler = new Compiler(text);
    Expr code = compiler.program(ast);
    return new JqProgram(text, code, compiler.freeVariables(), compiler.fieldsOfVariables());
  }
}
