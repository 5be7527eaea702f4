package dev.capstan.spring;

import dev.capstan.sdk.TaskFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Finds the beans that have functions. Calls go to the beans as others see them, so that
 * transactions and other advice hold.
 */
record FunctionBeans(ConfigurableListableBeanFactory beans) {
  private static final Logger LOG = LoggerFactory.getLogger(FunctionBeans.class);

  /**
   * The beans, each once; lazy ones are made.
   *
   * @throws MisconfiguredException if one can't be called
   */
  List<Object> find() {
    Set<Object> found = Collections.newSetFromMap(new IdentityHashMap<>());
    List<String> faults = new ArrayList<>();
    for (String name : beans.getBeanNamesForType(Object.class, true, false)) {
      Class<?> type = type(name);
      if (type == null || ScopedProxyUtils.isScopedTarget(name) || !hasFunctions(type)) {
        continue;
      }
      Object bean = beans.getBean(name);
      if (AopUtils.isJdkDynamicProxy(bean)) {
        faults.add(
            "The functions of "
                + type.getName()
                + " can't be called: the bean '"
                + name
                + "' is a proxy of its interfaces, which hides them");
      } else {
        found.add(bean);
      }
    }
    if (!faults.isEmpty()) {
      throw new MisconfiguredException(
          faults,
          "Let proxies be subclasses (spring.aop.proxy-target-class=true, which is the default), or"
              + " move the functions to a bean of their own.");
    }
    return List.copyOf(found);
  }

  /**
   * The class behind a proxy. A bean that is there is asked itself, since its method may promise an
   * interface only.
   *
   * @return null if that is not known before the bean is there
   */
  private @Nullable Class<?> type(String name) {
    Object there = beans.containsSingleton(name) ? beans.getSingleton(name) : null;
    if (there != null && !(there instanceof FactoryBean<?>)) {
      return AopUtils.getTargetClass(there);
    }
    try {
      return AutoProxyUtils.determineTargetClass(beans, name);
    } catch (RuntimeException e) {
      LOG.debug("The type of the bean '{}' is not known", name, e);
      return null;
    }
  }

  private static boolean hasFunctions(Class<?> type) {
    try {
      for (Class<?> each = type;
          each != null && each != Object.class;
          each = each.getSuperclass()) {
        if (Arrays.stream(each.getDeclaredMethods())
            .anyMatch(method -> method.isAnnotationPresent(TaskFunction.class))) {
          return true;
        }
      }
    } catch (LinkageError e) {
      // Of a class that this application does without; such beans are never called.
      LOG.debug("{} can't be looked at", type, e);
    }
    return false;
  }
}
