/**
 * Step 1: writing is appending to a log.
 *
 * <p>Read in this order:
 *
 * <ol>
 *   <li>{@link kv.step1.Store}: the promises
 *   <li>{@code Record}: the bytes of one put
 *   <li>{@code LogFile}: the file, and the difference between written and durable
 *   <li>{@code Directories}: why a file's name needs an fsync of its own
 *   <li>{@code DirectoryLock}: why only one store at a time
 *   <li>{@code DirectoryContents}: which files an open refuses
 * </ol>
 *
 * <p>Then the tests: {@code FormatTest}, {@code PutTest}, {@code SyncTest}, {@code OpenTest},
 * {@code FailedWriteTest}, {@code KillTest}, and last {@code LimitationTest}, which shows the
 * problems that remain.
 */
package kv.step1;
