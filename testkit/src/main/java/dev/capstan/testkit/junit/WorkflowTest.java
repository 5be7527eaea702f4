package dev.capstan.testkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test of workflows. What it is follows from the method:
 *
 * <pre>{@code
 * class OrderTest {
 *   // One test for each case of the file, with the name of the case.
 *   @WorkflowTest("src/main/workflows/order.test.yaml")
 *   void cases() {}
 *
 *   // One test, with an engine in memory whose time moves only when it is told to.
 *   @WorkflowTest
 *   void paid(WorkflowEngineFixture engine) throws IOException {
 *     engine.answer("pay", "{ \"id\": \"P-7\" }");
 *     Execution order = engine.run(Path.of("src/main/workflows/order.yaml"), "{ \"amount\": 25 }");
 *     assertEquals(Status.COMPLETED, order.status());
 *   }
 * }
 * }</pre>
 *
 * <p>A method that runs cases is called after each that passed. It may take the {@link
 * dev.capstan.testkit.cases.TestCase} and its {@link dev.capstan.testkit.cases.CaseResult}, to look
 * closer. A case that does not pass is a failed test, whose message has the place of the case and
 * all differences. A file that is not valid fails before any case runs.
 *
 * <p>On a class it lets all tests of the class take a {@link WorkflowEngineFixture}, and names the
 * files for methods with this annotation that take none and name none. Every test has an engine of
 * its own, which its {@code @BeforeEach} methods may take too.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@TestTemplate
@ExtendWith(WorkflowTestExtension.class)
public @interface WorkflowTest {
  /**
   * Test files, as paths from the working directory, which is the folder of the module for Maven
   * and Gradle.
   */
  String[] value() default {};
}
