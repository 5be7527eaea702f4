@NullMarked
package dev.capstan.spring;

import org.jspecify.annotations.NullMarked;
