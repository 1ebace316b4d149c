/**
 * The command {@code limit}: it runs the problem that a step leaves open, and prints the numbers.
 *
 * <p>Start with {@link kv.workshop.limits.Limits}. Each problem is a small program of its own, and
 * uses the step as any program would.
 */
package kv.workshop.limits;
