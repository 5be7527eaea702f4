package dev.capstan.worker;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Skips tests where no {@link ContainerEngine} can be started, and says why. With {@code
 * -Dcontainers.required=true} they run all the same and fail, so that a machine that must run them
 * can't stop to do so unnoticed.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ContainerEngineCondition.class)
public @interface EnabledIfContainerEngine {}
