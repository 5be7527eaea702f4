package dev.capstan.verify.repository;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.capstan.core.execution.Fold;
import dev.capstan.security.serial.SerializationFilter;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Rules about the shape of the code that must hold for its promises to hold; each says why. */
class ArchitectureTest {
  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.capstan");

  /** Keys that change nothing yet or by themselves, and why. */
  private static final Map<String, String> UNREAD_KEYS =
      Map.of(
          "Consensus.partitions", "partition groups",
          "Consensus.protocol", "there is one",
          "StateSync.protocol", "there is one");

  private static final String[] PURE = {"dev.capstan.core..", "dev.capstan.dsl.."};

  @TestFactory
  Stream<DynamicTest> rules() {
    return Stream.of(
            pureClasses(),
            pureCalls(),
            onlyDecisionsFold(),
            protocolsUseTheGateway(),
            coreKnowsNoShell(),
            workersKnowNoServer(),
            nodesKnowNoServer(),
            certificatesAreWrittenInOnePlace(),
            securityKnowsNobody(),
            names(),
            noCycles(),
            partsOfAModuleDoNotKnowItsDoor(),
            theGatewayIsAContract(),
            programsAreGuarded(),
            everyKeyOfTheConfigurationIsObeyed())
        .map(rule -> DynamicTest.dynamicTest(rule.getDescription(), () -> rule.check(OURS)));
  }

  private static ArchRule pureClasses() {
    return noClasses()
        .that()
        .resideInAnyPackage(PURE)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.nio.file..",
            "java.net.http..",
            "java.util.concurrent.locks..",
            "java.util.logging..",
            "org.slf4j..",
            "io.grpc..")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.Random")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
        .because("the same input must give the same history on every machine");
  }

  private static ArchRule pureCalls() {
    return noClasses()
        .that()
        .resideInAnyPackage(PURE)
        .should()
        .callMethodWhere(
            callTo("java.lang.System", "currentTimeMillis|nanoTime|getenv|getProperty")
                .or(callTo("java.time.*", "now"))
                .or(callTo("java.util.UUID", "randomUUID"))
                .or(callTo("java.lang.Thread", ".*"))
                .or(callTo("java.lang.Math", "random")))
        .because("time and chance come in with the command");
  }

  private static DescribedPredicate<JavaMethodCall> callTo(String owner, String name) {
    DescribedPredicate<JavaMethodCall> predicate =
        target(owner(nameMatching(owner))).and(target(nameMatching(name))).forSubtype();
    return predicate.as("a call to " + owner + "." + name);
  }

  private static ArchRule onlyDecisionsFold() {
    return classes()
        .that()
        .belongToAnyOf(Fold.class)
        .should()
        .onlyHaveDependentClassesThat()
        .haveNameMatching(
            "dev\\.capstan\\.(core\\.(execution\\..*|decision\\.Turn)|server\\.engine\\.HistoryProjection"
                + "|server\\.lifecycle\\.LifecycleProjection)")
        .because("only the fold changes an execution, and only a decision or a replay may call it");
  }

  private static ArchRule protocolsUseTheGateway() {
    return noClasses()
        .that()
        .resideInAnyPackage("dev.capstan.server.http..", "dev.capstan.server.grpc..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.capstan.server.partition..",
            "dev.capstan.server.store..",
            "dev.capstan.server.log..",
            "dev.capstan.server.registry..")
        .because("the gateway is the only door to the engine");
  }

  private static ArchRule coreKnowsNoShell() {
    return noClasses()
        .that()
        .resideInAnyPackage(PURE)
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.capstan..")
                .and(DescribedPredicate.not(JavaClass.Predicates.resideInAnyPackage(PURE))))
        .because("the mind knows nothing of the machine that it runs on");
  }

  private static ArchRule workersKnowNoServer() {
    return noClasses()
        .that()
        .resideInAPackage("dev.capstan.worker..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.capstan.server..", "dev.capstan.core..", "dev.capstan.dsl..")
        .because("a worker talks to coordinators over the session protocol and nothing else");
  }

  private static ArchRule nodesKnowNoServer() {
    return noClasses()
        .that()
        .resideInAnyPackage("dev.capstan.node..", "dev.capstan.sdk..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.capstan.server..")
        .because("a program that only joins a cluster must not bring what coordinators need");
  }

  private static ArchRule certificatesAreWrittenInOnePlace() {
    return noClasses()
        .that()
        .resideOutsideOfPackage("dev.capstan.security..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bouncycastle..")
        .because("clients must not need the library, and keys are handled in one place");
  }

  private static ArchRule securityKnowsNobody() {
    return noClasses()
        .that()
        .resideInAPackage("dev.capstan.security..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.capstan..")
                .and(DescribedPredicate.not(resideInAPackage("dev.capstan.security.."))))
        .because("server, worker and command line all use it");
  }

  private static ArchRule names() {
    return noClasses()
        .should()
        .haveSimpleNameContaining("Util")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveNameMatching(".*\\.(Base|Common|Abstract)[A-Z]\\w*")
        .because("such a name says nothing, and such a class takes everything in")
        .allowEmptyShould(true);
  }

  private static ArchRule noCycles() {
    return slices()
        .matching("dev.capstan.(*).(*)..")
        .should()
        .beFreeOfCycles()
        .because("what depends on each other can't be understood one by one");
  }

  private static ArchRule partsOfAModuleDoNotKnowItsDoor() {
    return noClasses()
        .that()
        .resideInAnyPackage("dev.capstan.worker.*..", "dev.capstan.cli.*..", "dev.capstan.dsl.*..")
        .should(dependOnTheirModulesRoot())
        .because("the root package puts the parts together, so the parts come first");
  }

  private static ArchRule theGatewayIsAContract() {
    return noClasses()
        .that()
        .resideInAPackage("dev.capstan.server.gateway..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.capstan.server..")
                .and(DescribedPredicate.not(resideInAPackage("dev.capstan.server.gateway.."))))
        .because("what a protocol may ask must not show how it is done");
  }

  private static ArchRule programsAreGuarded() {
    return classes()
        .that(haveAMain())
        .should(callInTheirOwnMethods("install", SerializationFilter.class))
        .because("no library may make objects of what comes from outside, in no program of ours");
  }

  private static DescribedPredicate<JavaClass> haveAMain() {
    return new DescribedPredicate<>("have a main method") {
      @Override
      public boolean test(JavaClass type) {
        return type.tryGetMethod("main", String[].class).isPresent();
      }
    };
  }

  private static ArchCondition<JavaClass> callInTheirOwnMethods(String method, Class<?> owner) {
    return new ArchCondition<>("call " + owner.getSimpleName() + "." + method) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean calls =
            type.getMethodCallsFromSelf().stream()
                .anyMatch(call ->
                    call.getTargetOwner().isEquivalentTo(owner) && call.getName().equals(method));
        events.add(new SimpleConditionEvent(type, calls, type.getName() + " does not"));
      }
    };
  }

  /** Whatever the file says has to change something, or it is a lie. */
  private static ArchRule everyKeyOfTheConfigurationIsObeyed() {
    return classes()
        .that(
            resideInAPackage("dev.capstan.node.config")
                .and(nameMatching("dev\\.capstan\\.node\\.config\\.NodeConfig.*").forSubtype())
                .and(JavaClass.Predicates.assignableTo(Record.class)))
        .should(haveAllComponentsRead())
        .because("a key that nothing reads promises what nobody keeps");
  }

  private static ArchCondition<JavaClass> haveAllComponentsRead() {
    return new ArchCondition<>("have all components read outside of their package") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (RecordComponent component : type.reflect().getRecordComponents()) {
          String name = type.getSimpleName() + "." + component.getName();
          boolean read =
              type.getMethods().stream()
                  .filter(method -> tells(method, component.getName()))
                  .flatMap(method -> method.getCallsOfSelf().stream())
                  .anyMatch(call -> isConsumer(call.getOriginOwner()));
          events.add(
              new SimpleConditionEvent(
                  type, read || UNREAD_KEYS.containsKey(name), name + " is read by nobody"));
        }
      }
    };
  }

  /** The accessor, or what is computed from it; not what copies the record. */
  private static boolean tells(JavaMethod method, String component) {
    boolean copies = method.getRawReturnType().getName().contains("NodeConfig");
    return method.getName().equals(component)
        || (!copies
            && method.getFieldAccesses().stream()
                .anyMatch(access -> access.getTarget().getName().equals(component)));
  }

  /** Not the configuration itself with its warnings, nor what only copies it. */
  private static boolean isConsumer(JavaClass reader) {
    return reader.getSimpleName().equals("SchedulingDefaults")
        || !(reader.getPackageName().equals("dev.capstan.node.config")
            || reader.getSimpleName().equals("NodeOptions"));
  }

  private static ArchCondition<JavaClass> dependOnTheirModulesRoot() {
    return new ArchCondition<>("depend on the root package of their module") {
      @Override
      public void check(JavaClass from, ConditionEvents events) {
        String root = from.getPackageName().replaceFirst("^(dev\\.capstan\\.\\w+)\\..*", "$1");
        from.getDirectDependenciesFromSelf().stream()
            .filter(dependency -> dependency.getTargetClass().getPackageName().equals(root))
            .forEach(dependency ->
                events.add(SimpleConditionEvent.satisfied(from, dependency.getDescription())));
      }
    };
  }
}
