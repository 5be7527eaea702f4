@NullMarked
package dev.capstan.sdk.node;

import org.jspecify.annotations.NullMarked;
