/**
 * The engine beside the same work without a store: how near it comes to what the machine can do.
 *
 * <p>Read {@link kv.benchmarks.limits.Limits}.
 */
package kv.benchmarks.limits;
