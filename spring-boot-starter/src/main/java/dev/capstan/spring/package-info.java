/**
 * Spring Boot applications as workers: beans with functions are found and offered to a cluster, and
 * its client is a bean.
 */
@NullMarked
package dev.capstan.spring;

import org.jspecify.annotations.NullMarked;
