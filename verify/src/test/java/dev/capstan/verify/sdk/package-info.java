/** Functions of users' own, served in Java, and over HTTP by other languages. */
@NullMarked
package dev.capstan.verify.sdk;

import org.jspecify.annotations.NullMarked;
