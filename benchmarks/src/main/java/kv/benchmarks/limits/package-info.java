/**
 * The engine beside the same work without a store: how near it comes to the limits of the machine.
 *
 * <p>Reading order: {@link kv.benchmarks.limits.Limits}, then the pairs of an operation of the
 * store and the same by hand, a file each: {@code UnsyncedPuts}, {@code DurablePuts}, {@code Gets}
 * and {@code Scans}. Their common state is in {@link kv.benchmarks.limits.LimitState}, {@link
 * kv.benchmarks.limits.MappedRecords} and {@link kv.benchmarks.limits.FilledEngine}.
 */
package kv.benchmarks.limits;
