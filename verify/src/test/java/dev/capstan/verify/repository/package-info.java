/** The repository checks itself: the shape of the code, and the order of the house. */
@NullMarked
package dev.capstan.verify.repository;

import org.jspecify.annotations.NullMarked;
