@NullMarked
package dev.capstan.testkit.cases;

import org.jspecify.annotations.NullMarked;
