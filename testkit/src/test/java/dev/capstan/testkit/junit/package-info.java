@NullMarked
package dev.capstan.testkit.junit;

import org.jspecify.annotations.NullMarked;
