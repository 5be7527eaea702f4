@NullMarked
package dev.capstan.testkit;

import org.jspecify.annotations.NullMarked;
